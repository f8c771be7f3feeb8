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

/** Thrown inside a run that the user stopped. */
export class Stopped extends Error {}
