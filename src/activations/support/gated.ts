import type { Definition, Gate, Reference } from './activation.ts'

/**
 * Defines a function whose gate decides the gradient: dy passes where the gate is open, and is scaled by the slope where
 * it is shut. Without a slope dx is exactly +0 there.
 */
export function gatedBy(
  isOpen: Gate['isOpen'],
  forward: Reference['forward'],
  slope?: Gate['slope'],
): Pick<Definition, 'gate' | 'reference' | 'zeroWhereShut'> {
  const gate: Gate = { isOpen, slope: slope ?? (() => 0) }
  const derivative: Reference['derivative'] = (x, element) => (isOpen(x) ? 1 : gate.slope(element))
  return { gate, reference: { forward, derivative }, zeroWhereShut: slope === undefined }
}
