import { allocateElements, BYTES_PER_WORD, LANES } from '../../operations/layout.ts'
import { elementsOf } from '../../operations/packed-task.ts'
import { fillsVectors, type Packing, runOf } from '../../operations/packing.ts'
import type { Results, Task } from '../../operations/task.ts'
import { type Deadline, waitFor } from '../../support/deadlines.ts'
import { BYTES_PER_ELEMENT, type Elements } from '../../support/formats.ts'
import { layoutOf } from '../programs/program-layouts.ts'
import { tooLate } from '../programs/programs.ts'
import { elementsAtATime, runTransfers, type Transfer } from './round-trip.ts'
import { workspaceOf } from './workspace.ts'

/**
 * Computes a GLU of gate and up in one array on a device, in chunks of whole rows. dx takes the buffer of x.
 *
 * @param chunk the largest number of bytes of x in one transfer, where a row is not longer
 * @throws (by rejection) as `Gpu.compute`; BindingError when the device cannot bind a row
 */
export async function computePairs(
  device: GPUDevice,
  task: Task,
  packing: Packing,
  chunk: number,
  deadline: Deadline,
): Promise<Results> {
  const { activation, operation, inputs, length, format, out } = task
  const { recorder, compilations } = workspaceOf(device)
  const isForward = operation.direction === 'forward'
  const [name, bound] = isForward ? ['y', 'y'] : ['dx', 'x']
  const most = elementsAtATime(device, format, chunk) / 2
  const unit = runOf(packing) === 1 ? LANES : packing.columns
  const step = Math.max(unit, most - (most % unit))
  // A chunk of interleaved pairs need not have whole rows.
  const ofChunk = runOf(packing) === 1 ? { ...packing, columns: 1 } : packing
  const counts = [Math.min(step, length), length % step].filter(count => count > 0)
  const accesses = new Set(counts.map(count => (fillsVectors(packing, count) ? 'vectors' : 'words')))
  const inPlace = isForward ? {} : { dx: 'x' }
  const programs = [...accesses].map(access => ({
    activation,
    operation,
    format,
    ...layoutOf(operation, inPlace, access),
  }))
  await waitFor(recorder.prepare(programs), deadline, () => tooLate(operation.name, deadline), compilations)
  const result = out[name] ?? allocateElements(format, elementsOf(task, name))

  function* transfers(): Generator<Transfer> {
    for (let start = 0; start < length; start += step) {
      const count = Math.min(step, length - start)
      const bytesOf = (tensor: string): number =>
        elementsOf({ operation, length: count }, tensor) * BYTES_PER_ELEMENT[format]
      const part = (tensor: string, array: Elements): Elements => {
        const from = elementsOf({ operation, length: start }, tensor)
        return array.subarray(from, from + elementsOf({ operation, length: count }, tensor))
      }
      yield {
        what: `${activation} ${operation.direction} over ${count} pairs`,
        uploads: Object.fromEntries(
          Object.entries(inputs).map(([input, array]) => [input, part(input, array as Elements)]),
        ),
        others: isForward ? { y: Math.ceil(bytesOf('y') / BYTES_PER_WORD) * BYTES_PER_WORD } : undefined,
        record(pass, buffers) {
          // Without the padding, which holds no whole row.
          const ranges = Object.entries(buffers).map(([tensor, range]) => [tensor, { ...range, size: bytesOf(tensor) }])
          const bindings = Object.fromEntries(ranges) as Record<string, GPUBufferBinding>
          const results = isForward ? {} : { dx: bindings['x'] }
          recorder.record(operation.direction, pass, activation, { ...bindings, ...results, ...ofChunk, format })
        },
        results: [[bound, part(name, result)]],
      }
    }
  }

  await runTransfers(device, transfers(), deadline)
  return [result]
}
