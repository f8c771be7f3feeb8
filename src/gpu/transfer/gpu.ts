import { periodOf } from '../../activations/support/channels.ts'
import { isGlu } from '../../activations/support/glu-activation.ts'
import { type Deadline, waitFor } from '../../support/deadlines.ts'
import { BYTES_PER_ELEMENT, type Elements } from '../../support/formats.ts'
import {
  allocateElements,
  BYTES_PER_VECTOR,
  BYTES_PER_WORD,
  clearRest,
  ELEMENTS_PER_MASK_WORD,
  maskLength,
  newMask,
} from '../../operations/layout.ts'
import type { Processor, Results, Task } from '../../operations/task.ts'
import { layoutOf } from '../programs/program-layouts.ts'
import { tooLate } from '../programs/programs.ts'
import { elementsAtATime, LARGEST_CHUNK, runTransfers, type Transfer } from './round-trip.ts'
import { computePairs } from './pairs.ts'
import { workspaceOf } from './workspace.ts'

/** Computes arrays on a device: uploads them, runs the kernel and reads the results back, in chunks. */
export class Gpu implements Processor {
  readonly #device: GPUDevice
  readonly #chunk: number

  /** @param chunk the largest number of bytes of a tensor in one transfer */
  constructor(device: GPUDevice, chunk = LARGEST_CHUNK) {
    this.#device = device
    this.#chunk = chunk
  }

  /**
   * Computes a task. `out` must not share memory with an input.
   *
   * @throws (by rejection) GpuError, DestroyedError when the device is lost, the engine's error when an array is detached
   * meanwhile, and as every processor
   */
  async compute(task: Task, deadline: Deadline): Promise<Results> {
    const { activation, operation, inputs, length, format, out } = task
    const { packing } = operation
    if (packing !== undefined) return computePairs(this.#device, task, packing, this.#chunk, deadline)
    const { recorder, compilations } = workspaceOf(this.#device)
    const inPlace = Object.entries(resultsInPlace(task))
    const layout = layoutOf(operation, Object.fromEntries(inPlace), 'vectors')
    const compiled = recorder.prepare([{ activation, operation, format, ...layout }])
    await waitFor(compiled, deadline, () => tooLate(operation.name, deadline), compilations)
    const results: (readonly [bound: string, into: Elements | Uint32Array])[] = inPlace.map(([output, input]) => {
      return [input, out[output] ?? allocateElements(format, length)]
    })
    const mask = operation.masked ? newMask(length) : undefined
    if (mask !== undefined) results.push(['mask', mask])
    const hasMask = operation.slots.some(({ role }) => role === 'mask')
    const most = elementsAtATime(this.#device, format, this.#chunk)
    // Chunks and padding have whole words of the mask, so that no tail needs a second program.
    const step = hasMask ? most - (most % ELEMENTS_PER_MASK_WORD) : most
    const padding = hasMask ? ELEMENTS_PER_MASK_WORD * BYTES_PER_ELEMENT[format] : BYTES_PER_VECTOR
    // The recorder needs the start of a chunk only to find the first slope.
    const period = periodOf(activation)

    function* transfers(): Generator<Transfer> {
      for (let start = 0; start < length; start += step) {
        const end = Math.min(start + step, length)
        const part = (array: Elements | Uint32Array): Elements | Uint32Array =>
          array instanceof Uint32Array
            ? array.subarray(start / ELEMENTS_PER_MASK_WORD, maskLength(end))
            : array.subarray(start, end)
        yield {
          what: `${activation} ${operation.direction} over ${end - start} elements`,
          uploads: Object.fromEntries(Object.entries(inputs).map(([name, array]) => [name, part(array)])),
          others: mask && { mask: maskLength(end - start) * BYTES_PER_WORD },
          padding,
          record(pass, bound) {
            const outputs = Object.fromEntries(inPlace.map(([output, input]) => [output, bound[input]!]))
            const bindings = { ...bound, ...outputs, format }
            recorder.record(operation.direction, pass, activation, bindings, start % period)
          },
          results: results.map(([name, into]) => [name, part(into)]),
        }
      }
    }

    await runTransfers(this.#device, transfers(), deadline)
    // The padding sets bits after the last element.
    if (mask !== undefined) clearRest(mask, length)
    return results.map(([, into]) => into)
  }
}

/** Maps each result to the input that it overwrites on the device, which saves buffers. */
function resultsInPlace({ activation, operation: { direction } }: Task): Record<string, string> {
  if (isGlu(activation)) return direction === 'forward' ? { y: 'gate' } : { dGate: 'gate', dUp: 'up' }
  return direction === 'forward' ? { y: 'x' } : { dx: 'dy' }
}
