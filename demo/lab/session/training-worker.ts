import { type Digits, DIGITS_URL, readDigits } from '../digits.ts'
import type { Request } from '../protocol.ts'
import { Session } from './session.ts'

// The thread that trains: the protocol is in protocol.ts.

const session = new Session(message => postMessage(message), fetchDigits)

addEventListener('message', ({ data }: MessageEvent<Request>) => void session.handle(data))

async function fetchDigits(): Promise<Digits> {
  const response = await fetch(DIGITS_URL)
  if (!response.ok) throw new Error(`The digits cannot be loaded: HTTP ${response.status} for ${DIGITS_URL.pathname}.`)
  return readDigits(await response.arrayBuffer())
}
