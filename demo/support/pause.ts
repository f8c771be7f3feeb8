/**
 * Yields to the event loop, so that the page handles events. Not by setTimeout, which browsers delay by 4 milliseconds, and in a
 * hidden tab by a second. @throws Stopped once the signal is aborted
 */
export function pause(signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel()
    port1.addEventListener('message', () => {
      port1.close()
      if (signal?.aborted) reject(new Stopped())
      else resolve()
    })
    port1.start()
    port2.postMessage(null)
  })
}

/** Waits for an answer with a time limit. @throws Stopped once the signal is aborted, or an Error with the text `late` after the limit */
export async function within<Answer>(
  seconds: number,
  answer: Promise<Answer>,
  late: string,
  signal?: AbortSignal,
): Promise<Answer> {
  let timer: ReturnType<typeof setTimeout> | undefined
  let stop: (() => void) | undefined
  const never = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${late} within ${seconds} seconds`)), seconds * 1000)
    stop = () => reject(new Stopped())
    signal?.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([answer, never])
  } finally {
    clearTimeout(timer)
    if (stop !== undefined) signal?.removeEventListener('abort', stop)
  }
}

/** The user stopped the run. */
export class Stopped extends Error {}
