// What every row looks at, whatever it is about.

/** What became of a promise. */
export type Settled =
  | { readonly kind: 'resolved'; readonly value: unknown }
  | { readonly kind: 'rejected'; readonly reason: unknown }
  | { readonly kind: 'hung' }

const HUNG_MS = 50_000

/** What becomes of a promise, in a time that no healthy machine takes. */
export async function settle(promise: Promise<unknown>): Promise<Settled> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const hung = new Promise<Settled>(resolve => (timer = setTimeout(() => resolve({ kind: 'hung' }), HUNG_MS)))
  const settled = promise.then(
    (value): Settled => ({ kind: 'resolved', value }),
    (reason: unknown): Settled => ({ kind: 'rejected', reason }),
  )
  try {
    return await Promise.race([settled, hung])
  } finally {
    clearTimeout(timer)
  }
}

/** Waits until something holds, for a second at most. */
export async function until(holds: () => boolean): Promise<boolean> {
  for (let waited = 0; waited < 200; waited++) {
    if (holds()) return true
    await new Promise(resolve => setTimeout(resolve, waited < 5 ? 0 : 5))
  }
  return holds()
}

/** Collects the rejections that nobody handles, until it is stopped. */
export function watchRejections(): { readonly seen: unknown[]; readonly stop: () => void } {
  const seen: unknown[] = []
  if (typeof process !== 'undefined' && typeof process.on === 'function') {
    const listener = (reason: unknown): void => void seen.push(reason)
    process.on('unhandledRejection', listener)
    return { seen, stop: () => void process.off('unhandledRejection', listener) }
  }
  const listener = ({ reason }: PromiseRejectionEvent): void => void seen.push(reason)
  addEventListener('unhandledrejection', listener)
  return { seen, stop: () => removeEventListener('unhandledrejection', listener) }
}
