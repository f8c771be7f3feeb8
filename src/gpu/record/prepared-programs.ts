import { checkActivation } from '../../activations/support/check.ts'
import type { Channels, Direction } from '../../activations/support/activation.ts'
import type { AnyActivation } from '../../activations/support/glu-activation.ts'
import { checkFormat, type Operation, operationOf, tensorsOf, type Variant } from '../../operations/operation.ts'
import { InputError } from '../../support/errors.ts'
import type { Format } from '../../support/formats.ts'
import { layoutOf, layoutsOf } from '../programs/program-layouts.ts'
import { addColumnsOperation, type ProgramSource } from '../programs/program.ts'
import { lanesOfSlopes, slopeTermsOperation } from '../plan/slope-gradient.ts'
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
  return activations.flatMap(given => {
    const channels = parts.alpha || parts.dalpha ? channelsOf(given) : undefined
    const activation = parts.alpha ? channels!.bound(channels!.inner) : given
    return directions.flatMap(direction => {
      const operation = operationOf(activation, direction, variantFor(activation, direction, parts))
      return [
        ...layoutsOf(operation).map(layout => ({ activation, operation, format, ...layout })),
        ...(operation.reduced.length === 0 ? [] : addColumnsPrograms(format)),
        ...(parts.dalpha && direction === 'backward' ? slopeGradientPrograms(channels!, format, operation) : []),
      ]
    })
  })
}

/** @throws InputError for an activation without slopes */
function channelsOf(activation: AnyActivation): Channels {
  if (activation.channels !== undefined) return activation.channels
  const message = `${activation} has no slopes that are learned.`
  throw new InputError('invalid-argument', message, 'Give a prelu(...), or leave out alpha and dalpha.')
}

/** Returns the programs of the gradient of slopes, for any number of them and any alignment of the tensors. */
function slopeGradientPrograms(channels: Channels, format: Format, { biased }: Operation): ProgramSource[] {
  const terms = lanesOfSlopes(channels.inner).flatMap(lanes => {
    const operation = slopeTermsOperation(lanes, format, biased.length > 0, channels)
    const access = lanes === 'single' ? (['words'] as const) : (['vectors', 'words'] as const)
    return access.map(each => ({ activation: undefined, operation, format, ...layoutOf(operation, {}, each) }))
  })
  return [...terms, ...addColumnsPrograms('f32')]
}

export function variantFor(
  activation: AnyActivation,
  direction: Direction,
  { from, mask, bias, dbias, alpha, dalpha, accumulate, packing }: CallParts,
): Variant {
  if (packing !== undefined)
    return packedVariant(direction, { from, mask, bias, dbias, alpha, dalpha, accumulate, packing })
  const { inputs, gradients } = tensorsOf(activation)
  const bindsSlopes = alpha
  if (direction === 'forward') return { from, masked: mask, biased: bias ? Object.keys(inputs) : [], bindsSlopes }
  // y and a mask include the bias already.
  const biased = bias && from === 'x' ? Object.keys(inputs) : []
  return { from, biased, reduced: dbias ? Object.keys(gradients) : [], accumulates: accumulate, bindsSlopes }
}

/** @throws InputError for a part that calls with gate and up in one tensor have not */
function packedVariant(direction: Direction, { from, accumulate, packing, ...others }: CallParts): Variant {
  const extra = (['mask', 'bias', 'dbias', 'alpha', 'dalpha'] as const).find(part => others[part])
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
