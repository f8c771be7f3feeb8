import { dawn } from './dawn.ts'

// Prints Dawn's adapter as JSON. Started by probeDriver with the driver in the environment.
const adapter = await dawn().requestAdapter()
const info = adapter?.info
const { vendor, architecture, device, description, isFallbackAdapter } = info ?? {}
const answer = info ? { vendor, architecture, device, description, isFallbackAdapter } : null
process.stdout.write(`adapter ${JSON.stringify(answer)}\n`, () => process.exit(0))
