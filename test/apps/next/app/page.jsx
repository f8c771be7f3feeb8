import { check } from '../check.js'
import { entries } from '../entries.js'
import { Client } from './client.jsx'

export const dynamic = 'force-dynamic'

export default async function Page() {
  return <Client onServer={await check(entries)} />
}
