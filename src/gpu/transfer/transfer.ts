import { FOREVER, type Deadline, waitFor } from '../../support/deadlines.ts'
import type { Direction } from '../../activations/support/activation.ts'
import { periodOf } from '../../activations/support/channels.ts'
import { isGlu } from '../../activations/support/glu-activation.ts'
import { BYTES_PER_ELEMENT, type Elements, type Format } from '../../support/formats.ts'
import { type CallVariant, operationWith, type AnyActivation } from '../../operations/operation.ts'
import { layoutOf } from '../programs/program-layouts.ts'
import { tooLate } from '../programs/programs.ts'
import { elementsAtATime, LARGEST_CHUNK, runTransfers, type Transfer } from './round-trip.ts'
import { BYTES_PER_VECTOR, BYTES_PER_WORD, ELEMENTS_PER_MASK_WORD } from '../../operations/units.ts'
import { workspaceOf } from './workspace.ts'

/**
 * Computes arrays on the GPU: uploads, runs the kernel, reads back, in chunks. Its buffers stay in the workspace of the device.
 *
 * @param variant whether a mask is wanted, or what stands for x
 * @param out arrays for the results, by their names: none of their memory an input's; new ones where they are left out
 * @param chunk how many bytes of a tensor go at a time, at most
 * @returns y or dx; of a gated pair y, or dGate and dUp: arrays of the kind of the inputs; and behind them the mask
 * @throws GpuError when the device refuses or fails any step, has no memory for it or does not answer in time; DestroyedError
 * when it is lost; the reason of a signal; whatever the engine throws when an array is detached meanwhile
 */
export async function computeOnGpu(
  device: GPUDevice,
  activation: AnyActivation,
  direction: Direction,
  inputs: Readonly<Record<string, Elements | Uint32Array>>,
  format: Format,
  variant: CallVariant = {},
  out: Readonly<Record<string, Elements>> = {},
  deadline: Deadline = FOREVER,
  chunk = LARGEST_CHUNK,
): Promise<(Elements | Uint32Array)[]> {
  const arrays = Object.entries(inputs)
  const { length } = arrays.find(([name]) => name !== 'mask')![1]
  const inPlace = Object.entries(resultsInPlace(activation, direction))
  const { recorder, compilations } = workspaceOf(device)
  const operation = operationWith(activation, direction, variant)
  const layout = layoutOf(operation, Object.fromEntries(inPlace), 'vectors')
  const compiled = recorder.prepareAll([{ activation, operation, format, ...layout }])
  await waitFor(compiled, deadline, () => tooLate(operation.name, deadline), compilations)
  const mask = operation.masked ? new Uint32Array(wordsOfMask(length)) : undefined
  const results: (readonly [bound: string, into: Elements | Uint32Array])[] = inPlace.map(([output, input]) => {
    return [input, out[output] ?? allocate(format, length)]
  })
  if (mask !== undefined) results.push(['mask', mask])
  const hasMask = operation.slots.some(({ role }) => role === 'mask')
  const most = elementsAtATime(device, format, chunk)
  // A chunk has whole words of the mask, and so does its padding: then there is no tail, which takes another program.
  const step = hasMask ? most - (most % ELEMENTS_PER_MASK_WORD) : most
  const padding = hasMask ? ELEMENTS_PER_MASK_WORD * BYTES_PER_ELEMENT[format] : BYTES_PER_VECTOR
  // Where a chunk begins matters to the recorder as far as it tells which slope is due.
  const period = periodOf(activation)

  function* transfers(): Generator<Transfer> {
    for (let start = 0; start < length; start += step) {
      const end = Math.min(start + step, length)
      const part = (array: Elements | Uint32Array): Elements | Uint32Array =>
        array instanceof Uint32Array
          ? array.subarray(start / ELEMENTS_PER_MASK_WORD, wordsOfMask(end))
          : array.subarray(start, end)
      yield {
        what: `${activation} ${direction} over ${end - start} elements`,
        uploads: Object.fromEntries(arrays.map(([name, array]) => [name, part(array)])),
        others: mask && { mask: wordsOfMask(end - start) * BYTES_PER_WORD },
        padding,
        record(pass, bound) {
          const outputs = Object.fromEntries(inPlace.map(([output, input]) => [output, bound[input]!]))
          recorder.record(direction, pass, activation, { ...bound, ...outputs, format }, start % period)
        },
        results: results.map(([name, into]) => [name, part(into)]),
      }
    }
  }

  await runTransfers(device, transfers(), deadline)
  // What the padding left.
  const inLastWord = length % ELEMENTS_PER_MASK_WORD
  if (mask !== undefined && inLastWord > 0) mask[mask.length - 1]! &= ~(-1 << inLastWord)
  return results.map(([, into]) => into)
}

function wordsOfMask(elements: number): number {
  return Math.ceil(elements / ELEMENTS_PER_MASK_WORD)
}

function allocate(format: Format, length: number): Elements {
  if (format === 'i32') return new Int32Array(length)
  return BYTES_PER_ELEMENT[format] === 2 ? new Uint16Array(length) : new Float32Array(length)
}

/** Which result goes over which input: in place, which saves buffers of their size. */
function resultsInPlace(activation: AnyActivation, direction: Direction): Record<string, string> {
  if (isGlu(activation)) return direction === 'forward' ? { y: 'gate' } : { dGate: 'gate', dUp: 'up' }
  return direction === 'forward' ? { y: 'x' } : { dx: 'dy' }
}
