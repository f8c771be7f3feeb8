import {
  ActivationsError,
  createDispatcher,
  type DispatcherOptions,
  leakyRelu,
  relu,
  type Report,
} from '../../../src/index.ts'

// What pages and workers of environments.test.ts load: it computes what is easily known.

export interface Outcome {
  readonly report: Report
  /** How many results there are, and how many of them differ from what they should be by a bit. */
  readonly results: number
  readonly wrong: number
}

/** The bits of relu by the contract: negative numbers are 0, and NaN and -0 stay. */
const reluOf = (word: number): number => (word > 0x80000000 && word <= 0xff800000 ? 0 : word)
/** The bits of its gradient: what is upstream, where x is positive or NaN. */
const gradientOf = (word: number, upstream: number): number =>
  (word & 0x7fffffff) > 0x7f800000 || (word > 0 && word < 0x80000000) ? upstream : 0

/** Computes as often as it is told, or until a device is lost: any bits, of which each round has others. */
export async function compute(
  options: DispatcherOptions,
  { seed = 1, length = 2 ** 17 + 5, rounds = 1, isShared = false, adopts = false, untilLost = false } = {},
): Promise<Outcome> {
  const adopted = adopts ? { device: await (await navigator.gpu.requestAdapter())!.requestDevice() } : {}
  const dispatcher = await createDispatcher({ ...options, ...adopted })
  let [results, wrong] = [0, 0]
  for (let round = 0; untilLost ? dispatcher.report.deviceLosses === 0 : round < rounds; round++) {
    const [x, dy] = [1, 2].map(tensor => wordsOf(length, seed * 1000 + round * 10 + tensor, isShared))
    const [floats, upstream] = [x!, dy!].map(words => new Float32Array(words.buffer))
    const [y, dx, halved] = await Promise.all([
      dispatcher.forward(relu(), floats!),
      dispatcher.backward(relu(), floats!, upstream!),
      // Half of a number that is not subnormal is exact.
      dispatcher.forward(leakyRelu({ alpha: 0.5 }), Float32Array.of(-3, 5, -Infinity)),
    ])
    results += 2 * length + 3
    for (const [i, word] of new Uint32Array(y.buffer).entries()) if (word !== reluOf(x![i]!)) wrong++
    for (const [i, word] of new Uint32Array(dx.buffer).entries()) if (word !== gradientOf(x![i]!, dy![i]!)) wrong++
    globalThis.dispatchEvent?.(new Event('round'))
    wrong += [-1.5, 5, -Infinity].filter((expected, i) => halved[i] !== expected).length
  }
  const { report } = dispatcher
  dispatcher.destroy()
  // Where intrinsics are frozen, so is what errors inherit from.
  const refusal: unknown = await dispatcher.forward(relu(), Float32Array.of(1)).catch((error: unknown) => error)
  if (!(refusal instanceof ActivationsError) || refusal.code !== 'destroyed') wrong++
  return { report, results, wrong }
}

// For what is evaluated in the page, and for a worker that imports this.
Object.assign(globalThis, { compute })

function wordsOf(length: number, seed: number, isShared: boolean): Uint32Array {
  const bytes = length * Uint32Array.BYTES_PER_ELEMENT
  const words = new Uint32Array(isShared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes))
  for (let i = 0; i < length; i++) words[i] = Math.imul(i + 1, 2654435761) ^ Math.imul(seed, 0x9e3779b9)
  return words
}
