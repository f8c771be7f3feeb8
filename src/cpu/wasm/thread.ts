import { nodeModule, platform } from '../../support/platform.ts'

/** A worker of the platform: that of browsers, or a thread of Node with its methods. */
export interface Thread extends Pick<Worker, 'postMessage' | 'terminate'> {
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'error', listener: (event: { readonly message: string }) => void): void
  addEventListener(type: 'messageerror', listener: () => void): void
  /** Outside browsers a thread keeps its process alive until `unref`. */
  readonly ref?: () => void
  readonly unref?: () => void
}

const NAME = 'webgpu-activations'

// Gives a thread of Node the scope of a browser's worker.
const NODE_SCOPE = `import { parentPort } from 'node:worker_threads'
const self = {
  addEventListener: (type, listener) => parentPort.on(type, data => listener({ data })),
  postMessage: (message, transfer) => parentPort.postMessage(message, transfer)
}
`

/**
 * Starts a thread that runs a module.
 *
 * @param script has no imports, and finds the scope of its worker in `self`
 * @returns the thread, and a function to call when it has started, or failed to
 * @throws Error when the platform has no workers, or a Content-Security-Policy forbids them
 */
export function openThread(script: string): { readonly thread: Thread; readonly release: () => void } {
  const [Worker, URL, Blob] = [platform('Worker'), platform('URL'), platform('Blob')]
  if (Worker === undefined) return { thread: openInNode(script), release: () => {} }
  if (URL === undefined || Blob === undefined) throw new Error('there is no URL here, or no Blob')
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }))
  const release = (): void => URL.revokeObjectURL(url)
  try {
    return { thread: new Worker(url, { type: 'module', name: NAME }), release }
  } catch (error) {
    release()
    throw error
  }
}

function openInNode(script: string): Thread {
  const [threads, URL] = [nodeModule('node:worker_threads'), platform('URL')]
  if (threads === undefined || URL === undefined) throw new Error('there is no Worker here')
  const url = new URL(`data:text/javascript,${encodeURIComponent(NODE_SCOPE + script)}`)
  // Without the options of the process, such as hooks that would compile the script.
  const worker = new threads.Worker(url, { name: NAME, execArgv: [] })
  return {
    addEventListener(type: string, listener: (event: never) => void) {
      const told = listener as (event: object) => void
      if (type === 'message') worker.on('message', data => told({ data }))
      else if (type === 'messageerror') worker.on('messageerror', () => told({}))
      else {
        worker.on('error', error => told({ message: String(error) }))
        worker.on('exit', () => told({ message: 'it has ended' }))
      }
    },
    postMessage: (message: unknown, transfer: unknown) => worker.postMessage(message, transfer as ArrayBuffer[]),
    terminate: () => void worker.terminate(),
    ref: () => worker.ref(),
    unref: () => worker.unref(),
  }
}
