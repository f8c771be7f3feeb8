import { operationOf, programOf, takesFormat } from '../operations/operation.ts'
import type { Channels } from '../activations/support/activation.ts'
import { severalChannels } from '../activations/support/channels.ts'
import { computeInJavaScript } from '../reference/compute.ts'
import { packedTask } from '../operations/packed-task.ts'
import type { Task } from '../operations/task.ts'
import { maskLength, type Tensors } from '../operations/layout.ts'
import { randomFrom } from './sample.ts'
import { allocateElements } from '../operations/layout.ts'
import { INFINITY_BITS } from '../support/bits.ts'
import { type Format, WORDS, wordsOf } from '../support/formats.ts'

// Not a multiple of 4 or of 32, so that kernels also compute a partial vector and a partial word of a mask.
const LENGTH = 1203
const SPECIAL = 700
// Rows of pairs in whole vectors, and others: their programs differ.
const COLUMNS = [400, 401]
// The number of tiny values, and of huge ones: their products cover the rounding of subnormal results.
const AT_THE_ENDS = 100
const SEED = 1

// Covers zeros, subnormals, normals just inside both ends, thresholds of kernels, the ends of exponentials, infinities
// and NaNs, as bits of float32. At the very ends a kernel may be off: the smallest normal may be flushed, and Infinity
// is next to the largest. The products of 0x02000005 and 0x02050000 with 0.1, a slope of the self-test of prelu, are
// subnormal and lie just above the middle of two numbers.
const MAGNITUDES = [
  0x00000000, 0x00000001, 0x000116c2, 0x007fffff, 0x00800000, 0x00801000, 0x02000005, 0x02050000, 0x2b8cbccc,
  0x322bcc77, 0x33d6bf95, 0x358637bd, 0x3a83126f, 0x3e000000, 0x3f000000, 0x3f7fffff, 0x3f800000, 0x3f800001,
  0x40000000, 0x403fffff, 0x40400000, 0x40bfffff, 0x40c00000, 0x41200000, 0x41880000, 0x41a00000, 0x42aeac50,
  0x42b17218, 0x42d00000, 0x43000000, 0x477fe000, 0x4b800000, 0x60000000, 0x7f001000, 0x7f7fffff, 0x7f800000,
  0x7f800001, 0x7fc00000, 0x7fffffff,
]

/**
 * Returns tasks that detect a broken driver: special values, each paired with others, and ordinary ones. One task has
 * the parameters of the call; the others have other parameters of the same program, because a kernel that passes with
 * alpha 1 may fail with another alpha.
 */
export function selfTestTasks(task: Task): readonly Task[] {
  const { activation, operation, format } = task
  const { packing } = operation
  if (packing !== undefined) {
    const { x, ...others } = task.inputs
    const names = { gate: x!, up: x!, ...others }
    const apart = { ...task, operation: operationOf(activation, operation.direction), inputs: names }
    return selfTestTasks(apart).flatMap(test => COLUMNS.map(columns => packedTask(test, { ...packing, columns })))
  }
  const variants = (activation.selfTestVariants?.() ?? []).filter(
    each => takesFormat(each, format) && (operation.from !== 'y' || each.derivativeFromY !== undefined),
  )
  // The call may have more slopes than a test has elements, or a longer period.
  const own = severalChannels(activation) === undefined ? [activation] : []
  return [...own, ...variants].map(each => testTask({ ...task, activation: each }))
}

function testTask(task: Task): Task {
  const { activation, inputs, format } = task
  const test = { ...task, length: LENGTH, out: {}, transfer: false }
  const random = randomFrom(SEED)
  const magnitudes = [...MAGNITUDES, ...aroundParameters(activation, format)]
  const entries = Object.keys(inputs).map((name, turn): [string, Tensors[string]] => {
    if (name === 'mask') return [name, Uint32Array.from({ length: maskLength(LENGTH) }, () => random() * 2 ** 32)]
    if (name === 'y') return [name, outputsOf(test, magnitudes, random)]
    return [name, inputsOf(format, magnitudes, turn, random)]
  })
  return { ...test, inputs: Object.fromEntries(entries) }
}

/** The magnitudes of parameters, which kernels compare with, and their neighbours. Of integers, the parameters themselves. */
function aroundParameters(activation: Task['activation'], format: Format): number[] {
  const { uniforms } = programOf(activation, format)
  if (format === 'i32') return uniforms.flatMap(word => [word - 1, word, word + 1])
  const bits = new Int32Array(Float32Array.from(uniforms, Math.abs).buffer)
  return [...bits].flatMap(word => [Math.max(word - 1, 0), word, word + 1])
}

/** Returns shapes of channels, with lengths that are multiples of LENGTH: wider and narrower than a workgroup, of one slice and of two. */
export function selfTestShapes(channels: Channels): readonly (Channels & { readonly length: number })[] {
  const shape = (count: number, inner: number, length: number) => {
    return { ...channels, slopes: new Float32Array(count), inner, length }
  }
  return [shape(1, 1, LENGTH), shape(8, 3, 11 * LENGTH), shape(300, 1, LENGTH), shape(2, 200, LENGTH)]
}

// Edge cases of the sums, as bits: both sides of zero, both ends, and NaN. Each has a channel of its own, where there
// are enough, because an infinity or a NaN dominates its sum.
const SUMMED = {
  x: [0x00000000, 0x80000000, 0x00000001, 0x7f800000, 0x7f800001],
  dy: [0x7f800000, 0x7f800000, 0x7f800000, 0x3f800000, 0x3f800000],
}

/** Returns x and dy of a self-test of sums: ordinary numbers, repeated, with edge cases in front. */
export function summedInputs({ slopes, length }: Pick<Channels, 'slopes'> & { readonly length: number }) {
  const inputOf = (seed: number, special: readonly number[]): Float32Array<ArrayBuffer> => {
    const random = randomFrom(seed)
    const numbers = Float32Array.from({ length: LENGTH }, () => ordinary(random))
    const array = new Float32Array(length)
    for (let i = 0; i < length; i += LENGTH) array.set(numbers, i)
    if (slopes.length > 10 * special.length) new Uint32Array(array.buffer).set(special)
    return array
  }
  return { x: inputOf(1, SUMMED.x), dy: inputOf(2, SUMMED.dy) }
}

function inputsOf(format: Format, magnitudes: readonly number[], turn: number, random: () => number): Tensors[string] {
  const elements = allocateElements(format, LENGTH)
  const words = wordsOf(elements)
  const { fromFloat32 } = WORDS[format]
  const float = new Float32Array(1)
  const bits = new Uint32Array(float.buffer)
  for (let i = 0; i < LENGTH; i++) {
    const place = turn === 0 ? i : Math.floor(random() * 2 * magnitudes.length)
    if (i < SPECIAL) bits[0] = magnitudes[(place >>> 1) % magnitudes.length]! | (place << 31)
    else if (i < SPECIAL + AT_THE_ENDS) bits[0] = withSign(random, 2 ** (random() * Math.log2(TINY)))
    else if (i < SPECIAL + 2 * AT_THE_ENDS) bits[0] = withSign(random, HUGE + random() * (INFINITY_BITS - HUGE))
    else float[0] = ordinary(random)
    words[i] = fromFloat32(bits[0]!)
  }
  return elements
}

// 2^-110 and 2^112, as bits.
const TINY = 0x08800000
const HUGE = 0x77800000

function withSign(random: () => number, magnitude: number): number {
  return Math.floor(magnitude) | (random() < 0.5 ? 1 << 31 : 0)
}

/** Returns a y of forward, because only such a y determines the gradient. */
function outputsOf(task: Task, magnitudes: readonly number[], random: () => number): Tensors[string] {
  const x = inputsOf(task.format, magnitudes, 0, random)
  const forward = { ...task, operation: operationOf(task.activation, 'forward'), inputs: { x } }
  return computeInJavaScript(forward)[0]!
}

// Returns a number of either sign, near 0 and far from it equally often.
function ordinary(random: () => number): number {
  const magnitude = random() < 0.5 ? random() * 8 : 2 ** (random() * 40 - 30)
  return random() < 0.5 ? -magnitude : magnitude
}
