import type { Activation } from '../activations/support/activation.ts'
import { type Elements, type Format, WORDS, wordsOf } from '../support/formats.ts'
import { allocate, allocateElements } from './compute.ts'
import { gradientBits, valueOf } from './reference.ts'
import { maskLength } from '../operations/layout.ts'

// Gradients without x, as the numeric contract has them: from the gate's mask, or from y. Whoever calls has seen to it that
// the activation has a gate, or that y tells its derivative.

/** Whether the gate of an element is open: bit i % 32 of word floor(i / 32). */
export function isOpenIn(mask: Uint32Array, element: number): boolean {
  return ((mask[element >>> 5]! >>> (element & 31)) & 1) === 1
}

/** The bits of dx from whether the gate is open: of float32, and for integers themselves. @param dy bits like them */
export function bitsFromMask(
  { gate, zeroWhereShut }: Activation,
  isOpen: boolean,
  dy: number,
  element: number,
): number {
  return gradientBits(zeroWhereShut, isOpen ? 1 : gate!.slope(element), dy)
}

/** The bits of dx from y, a number; as above. */
export function bitsFromY(
  { derivativeFromY, zeroWhereShut }: Activation,
  y: number,
  dy: number,
  element: number,
): number {
  return gradientBits(zeroWhereShut, derivativeFromY!(y, element), dy)
}

/**
 * One bit an element, 1 where the gate is open, as {@link isOpenIn} reads it. Bits beyond the end are 0.
 *
 * @throws ActivationsError when memory runs out
 */
export function maskOnCpu({ gate }: Activation, x: Elements, format: Format = 'f32'): Uint32Array<ArrayBuffer> {
  const { isOpen } = gate!
  const words = wordsOf(x)
  const mask = allocate(Uint32Array, maskLength(x.length))
  for (let i = 0; i < words.length; i++) if (isOpen(valueOf(format, words[i]!))) mask[i >>> 5]! |= 1 << (i & 31)
  return mask
}

/**
 * dx, as long as dy and in its format, from a mask that is at least as long.
 *
 * @throws ActivationsError when memory runs out
 */
export function backwardFromMaskOnCpu(
  activation: Activation,
  mask: Uint32Array,
  dy: Elements,
  format: Format = 'f32',
): Elements {
  return gradients(format, dy, (upstream, i) => bitsFromMask(activation, isOpenIn(mask, i), upstream, i))
}

/**
 * dx from y = forward(x), as long as dy and in their format.
 *
 * @throws ActivationsError when memory runs out
 */
export function backwardFromYOnCpu(
  activation: Activation,
  y: Elements,
  dy: Elements,
  format: Format = 'f32',
): Elements {
  const words = wordsOf(y)
  return gradients(format, dy, (upstream, i) => bitsFromY(activation, valueOf(format, words[i]!), upstream, i))
}

function gradients(format: Format, dy: Elements, bitsAt: (dy: number, element: number) => number): Elements {
  const { toFloat32, fromFloat32 } = WORDS[format]
  const dx = allocateElements(format, dy.length)
  const dxWords = wordsOf(dx)
  const dyWords = wordsOf(dy)
  for (let i = 0; i < dxWords.length; i++) dxWords[i] = fromFloat32(bitsAt(toFloat32(dyWords[i]!), i))
  return dx
}
