import { BufferUsage, MapMode } from '../../src/gpu/device/constants.ts'

/** The interval that a clock measures: a pass, by the GPU's timestamps; or a submission, until the device is done. */
export type ClockName = 'timestamps' | 'submit to done'

/** Times passes, one after the other. */
export interface Clock {
  readonly name: ClockName
  /** The milliseconds that a pass took. */
  time(record: (pass: GPUComputePassEncoder) => void): Promise<number>
}

const TIMESTAMPS = 2
const BYTES = TIMESTAMPS * BigUint64Array.BYTES_PER_ELEMENT

/** The most exact clock that a device has. */
export function createClock(device: GPUDevice): Clock {
  return device.features.has('timestamp-query') ? timestampClock(device) : submissionClock(device)
}

function submissionClock(device: GPUDevice): Clock {
  return {
    name: 'submit to done',
    async time(record) {
      const encoder = device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      record(pass)
      pass.end()
      const commands = encoder.finish()
      const start = performance.now()
      device.queue.submit([commands])
      await device.queue.onSubmittedWorkDone()
      return performance.now() - start
    },
  }
}

function timestampClock(device: GPUDevice): Clock {
  const querySet = device.createQuerySet({ type: 'timestamp', count: TIMESTAMPS })
  const QUERY_RESOLVE = 0x200
  const resolved = device.createBuffer({ size: BYTES, usage: QUERY_RESOLVE | BufferUsage.COPY_SRC })
  const staging = device.createBuffer({ size: BYTES, usage: BufferUsage.MAP_READ | BufferUsage.COPY_DST })
  return {
    name: 'timestamps',
    async time(record) {
      const encoder = device.createCommandEncoder()
      const pass = encoder.beginComputePass({
        timestampWrites: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 },
      })
      record(pass)
      pass.end()
      encoder.resolveQuerySet(querySet, 0, TIMESTAMPS, resolved, 0)
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, BYTES)
      device.queue.submit([encoder.finish()])
      await staging.mapAsync(MapMode.READ)
      const [start, end] = new BigUint64Array(staging.getMappedRange()) as unknown as [bigint, bigint]
      const nanoseconds = Number(end - start)
      staging.unmap()
      return nanoseconds / 1e6
    },
  }
}
