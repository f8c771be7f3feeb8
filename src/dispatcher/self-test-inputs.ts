import { computeInJavaScript } from '../cpu/javascript.ts'
import type { Task } from '../cpu/task.ts'
import { maskLength, type Tensors } from '../cpu/tensors.ts'
import { randomFrom } from '../cross-check.ts'
import { allocateElements } from '../cpu/compute.ts'
import { type Format, WORDS, wordsOf } from '../formats.ts'

// Neither whole vectors nor whole words of a mask: what is padded is computed too.
const LENGTH = 1003
const SPECIAL = 640
const SEED = 1

// Zeros, subnormals, normals at both ends, what kernels decide by, where exponentials end, infinities and NaNs: float32 as bits.
const MAGNITUDES = [
  0x00000000, 0x00000001, 0x000116c2, 0x007fffff, 0x00800000, 0x2b8cbccc, 0x322bcc77, 0x33d6bf95, 0x358637bd,
  0x3a83126f, 0x3e000000, 0x3f000000, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x40000000, 0x40400000, 0x40c00000,
  0x41200000, 0x41880000, 0x41a00000, 0x42aeac50, 0x42b17218, 0x42d00000, 0x43000000, 0x477fe000, 0x4b800000,
  0x60000000, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fc00000, 0x7fffffff,
]

/** The task over values that tell a broken driver: special ones, each with others for its partners, and ordinary ones. */
export function selfTestTask(task: Task): Task {
  const { inputs, format } = task
  const test = { ...task, length: LENGTH, out: {}, transfer: false }
  const random = randomFrom(SEED)
  const entries = Object.keys(inputs).map((name, turn): [string, Tensors[string]] => {
    if (name === 'mask') return [name, Uint32Array.from({ length: maskLength(LENGTH) }, () => random() * 2 ** 32)]
    if (name === 'y') return [name, outputsOf(test, random)]
    return [name, inputsOf(format, turn, random)]
  })
  return { ...test, inputs: Object.fromEntries(entries) }
}

/** Ordinary numbers, of which many are summed up. */
export function ordinaryNumbers(seed: number): Float32Array<ArrayBuffer> {
  const random = randomFrom(seed)
  return Float32Array.from({ length: LENGTH }, () => ordinary(random))
}

function inputsOf(format: Format, turn: number, random: () => number): Tensors[string] {
  const elements = allocateElements(format, LENGTH)
  const words = wordsOf(elements)
  const { fromFloat32 } = WORDS[format]
  const float = new Float32Array(1)
  const bits = new Uint32Array(float.buffer)
  for (let i = 0; i < LENGTH; i++) {
    const place = turn === 0 ? i : Math.floor(random() * 2 * MAGNITUDES.length)
    if (i < SPECIAL) bits[0] = MAGNITUDES[(place >>> 1) % MAGNITUDES.length]! | (place << 31)
    else float[0] = ordinary(random)
    words[i] = fromFloat32(bits[0]!)
  }
  return elements
}

/** What forward gives: a gradient that is told by y is told by no other. */
function outputsOf(task: Task, random: () => number): Tensors[string] {
  const x = inputsOf(task.format, 0, random)
  const forward = { ...task, direction: 'forward', features: {}, inputs: { x } } as const
  return computeInJavaScript(forward)[0]!
}

// As often near 0 as far from it, on both sides.
function ordinary(random: () => number): number {
  const magnitude = random() < 0.5 ? random() * 8 : 2 ** (random() * 40 - 30)
  return random() < 0.5 ? -magnitude : magnitude
}
