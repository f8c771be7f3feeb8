import { checkActivation } from '../../activations/support/check.ts'
import type { Direction } from '../../activations/support/activation.ts'
import type { AnyActivation } from '../../activations/support/glu-activation.ts'
import { checkFormat, operationOf, tensorsOf, type Variant } from '../../operations/operation.ts'
import { InputError } from '../../support/errors.ts'
import type { Format } from '../../support/formats.ts'
import { layoutOf, layoutsOf } from '../programs/program-layouts.ts'
import { addColumnsOperation, type ProgramSource } from '../programs/program.ts'
import type { CallParts } from './prepare-options.ts'

/** Returns the programs that calls with these parts may need, in place or not. @throws InputError */
export function programsOf(
  activations: readonly AnyActivation[],
  directions: readonly Direction[],
  format: Format,
  parts: CallParts,
): ProgramSource[] {
  for (const activation of activations) {
    checkActivation(activation)
    checkFormat(activation, format)
  }
  return activations.flatMap(activation =>
    directions.flatMap(direction => {
      const operation = operationOf(activation, direction, variantFor(activation, direction, parts))
      const own = layoutsOf(operation).map(layout => ({ activation, operation, format, ...layout }))
      return operation.reduced.length === 0 ? own : [...own, ...addColumnsPrograms(format)]
    }),
  )
}

export function variantFor(
  activation: AnyActivation,
  direction: Direction,
  { from, mask, bias, dbias, accumulate, packing }: CallParts,
): Variant {
  if (packing !== undefined) return packedVariant(direction, { from, mask, bias, dbias, accumulate, packing })
  const { inputs, gradients } = tensorsOf(activation)
  if (direction === 'forward') return { from, masked: mask, biased: bias ? Object.keys(inputs) : [] }
  // y and a mask include the bias already.
  const biased = bias && from === 'x' ? Object.keys(inputs) : []
  return { from, biased, reduced: dbias ? Object.keys(gradients) : [], accumulates: accumulate }
}

/** @throws InputError for a part that calls with gate and up in one tensor have not */
function packedVariant(direction: Direction, { from, accumulate, packing, ...others }: CallParts): Variant {
  const extra = (['mask', 'bias', 'dbias'] as const).find(part => others[part])
  if (extra !== undefined) {
    const message = `There is no ${extra} beside gate and up in one tensor.`
    throw new InputError('invalid-argument', message, `Leave out ${extra}, or columns, layout and order.`)
  }
  return { from, packing, accumulates: direction === 'backward' && accumulate }
}

/** Returns the programs that reduce the columns of a tensor's first segment, and of later segments. */
function addColumnsPrograms(format: Format): ProgramSource[] {
  return [false, true].map(accumulates => {
    const operation = addColumnsOperation(accumulates)
    return { activation: undefined, operation, format, ...layoutOf(operation, {}, 'words') }
  })
}
