/**
 * Lets the page answer a click before work goes on. Not setTimeout, which browsers stretch to 4 milliseconds, and in a
 * hidden tab to a second.
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

/** Waits for an answer that may never come. @throws Stopped, or an Error with `late` after so many seconds */
export async function within<Answer>(
  seconds: number,
  answer: Promise<Answer>,
  late: string,
  signal: AbortSignal,
): Promise<Answer> {
  let timer: ReturnType<typeof setTimeout> | undefined
  let stop: (() => void) | undefined
  const never = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${late} within ${seconds} seconds`)), seconds * 1000)
    stop = () => reject(new Stopped())
    signal.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([answer, never])
  } finally {
    clearTimeout(timer)
    if (stop !== undefined) signal.removeEventListener('abort', stop)
  }
}

/** Thrown inside a run that the user stopped. */
export class Stopped extends Error {}
