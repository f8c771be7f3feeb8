import { fetchDigits } from '../digits.ts'
import type { Request } from '../protocol.ts'
import { Session } from './session.ts'

// The thread that trains: the protocol is in protocol.ts.

const session = new Session(message => postMessage(message), fetchDigits)

addEventListener('message', ({ data }: MessageEvent<Request>) => void session.handle(data))
