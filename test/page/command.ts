import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

interface Result {
  status: number | null
  stdout: string
  stderr: string
}

/** Runs `npm run throughput` with these words. */
export function throughput(...options: string[]): Promise<Result> {
  return throughputIn(process.env, ...options)
}

export function throughputIn(env: NodeJS.ProcessEnv, ...options: string[]): Promise<Result> {
  const script = fileURLToPath(new URL('../throughput/throughput.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...options], { env })
  const result: Result = { status: null, stdout: '', stderr: '' }
  child.stdout.on('data', data => (result.stdout += String(data)))
  child.stderr.on('data', data => (result.stderr += String(data)))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', status => resolve({ ...result, status }))
  })
}
