import { type Deadline, waitFor } from '../support/deadlines.ts'
import { GpuError } from '../support/errors.ts'
import { onceUnlessFailed } from '../support/once.ts'
import { moveThereAndBack } from '../gpu/transfer/round-trip.ts'
import { keyOf } from '../gpu/plan/schedule.ts'
import { tune } from '../gpu/plan/tuning.ts'
import { workspaceOf } from '../gpu/transfer/workspace.ts'
import { type Line, lineThrough, timeOf } from '../support/timing.ts'
import type { Call } from './calls.ts'
import { type KernelCosts, SHORTEST_TO_TIME } from './crossover.ts'
import type { CheckedOptions } from './options.ts'

// A sample compares 1,026 elements of either length, so their difference is the cost of the scan for NaN.
const ELEMENTS_CHECKED = [2 ** 11, SHORTEST_TO_TIME] as const
// In each direction. The longer transfer has several chunks, which overlap as those of a long array do.
const BYTES_TIMED = [2 ** 12, 2 ** 23] as const
const MOST_MS = 5
// The first transfers of a page are slow.
const MOST_MS_FOR_LONG = 25

const roundTrips = new Map<string, Promise<Line | undefined>>()

/**
 * Measures the cost of a transfer to a device and back by its bytes, once an adapter, in some tens of milliseconds.
 * Undefined where the clock is too coarse.
 *
 * @throws GpuError (by rejection) when the device refuses or fails, or does not answer in time
 */
export function roundTripCosts(device: GPUDevice, timeLimit: number): Promise<Line | undefined> {
  // After a failure another device of the adapter may succeed.
  return onceUnlessFailed(roundTrips, keyOf(device), () => {
    const workspace = workspaceOf(device)
    workspace.retain()
    return timeRoundTrip(device, { signals: [], timeLimit }).finally(() => workspace.release())
  })
}

async function timeRoundTrip(device: GPUDevice, deadline: Deadline): Promise<Line | undefined> {
  await waitFor(tune(device), deadline, () => new GpuError('The device takes too long to be measured.', {}, 'timeout'))
  const [short, long] = BYTES_TIMED
  // Reading a memory page that was never written costs nothing, so the array is filled.
  const words = new Uint32Array(long / Uint32Array.BYTES_PER_ELEMENT).fill(1)
  const into = words.slice()
  const roundTrip = (bytes: number) => (): Promise<void> => {
    const length = bytes / Uint32Array.BYTES_PER_ELEMENT
    return moveThereAndBack(device, words.subarray(0, length), into.subarray(0, length), deadline)
  }
  const longMs = await timeOf(roundTrip(long), MOST_MS_FOR_LONG)
  const shortMs = await timeOf(roundTrip(short), MOST_MS)
  if (longMs === undefined || shortMs === undefined) return undefined
  // A little more than it is, for the long one has the fixed part too; and never 0, as a difference of the two might be.
  return { fixed: shortMs, slope: longMs / (2 * long) }
}

/**
 * Times a kernel on the CPU, and its cross-check, over the first elements of a call. Undefined where the clock is too
 * coarse.
 *
 * @param call at least as long as {@link SHORTEST_TO_TIME}
 */
export async function kernelCosts(call: Call<unknown>, options: CheckedOptions): Promise<KernelCosts | undefined> {
  const elements = SHORTEST_TO_TIME
  const sample = call.sample(elements)
  const onCpu = await timeOf(() => sample.compute(), MOST_MS)
  const check = await checkCosts(call, options)
  if (onCpu === undefined || check === undefined) return undefined
  return { onCpu: onCpu / elements, check, bytesPerElement: sample.bytes() / elements }
}

async function checkCosts(call: Call<unknown>, options: CheckedOptions): Promise<Line | undefined> {
  if (options.crossCheck === 'off') return { fixed: 0, slope: 0 }
  const samples = ELEMENTS_CHECKED.map(elements => [elements, call.sample(elements)] as const)
  for (const [, sample] of samples) await sample.compute()
  const sampleOf = new Map(samples)
  return lineThrough(elements => sampleOf.get(elements)!.check(options), ELEMENTS_CHECKED, MOST_MS)
}
