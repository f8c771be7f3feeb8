import { once } from 'node:events'

// A process of Deno that measures with the script which is named.

const tell = (answer: string): void => void process.send!(answer)

// Without the parent the findings are lost.
process.on('disconnect', () => process.exit(1))
try {
  const [question] = (await once(process, 'message')) as [string]
  await import(process.argv[2]!)
  await globalThis.measureEngine!(question, tell)
  tell('{"done":true}')
} catch (error) {
  tell(JSON.stringify({ problem: error instanceof Error ? error.message : String(error) }))
}
