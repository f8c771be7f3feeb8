import { make, idOf } from '../accuracy/subjects.ts'
import { createDiagnostics } from '../../src/diagnostics.ts'
import { type Activation, createKernels, prelu } from '../../src/index.ts'
import { Grid } from '../../src/gpu/plan/grid.ts'
import { BYTES_PER_ELEMENT } from '../../src/support/formats.ts'
import type { Candidate } from './candidates.ts'
import type { Question } from './question.ts'
import sumWgsl from './sum.wgsl?raw'
import type { Tensors, TensorSet } from './tensors.ts'

const UNITS = 64

// Channels and adjacent elements of one: NHWC has 1. Their products divide 2^18 elements.
const SLOPES = [
  { name: '1', count: 1, inner: 1 },
  { name: '64 NHWC', count: 64, inner: 1 },
  { name: '64 NCHW', count: 64, inner: 4096 },
  { name: '4096 NHWC', count: 4096, inner: 1 },
  { name: '4096 NCHW', count: 4096, inner: 64 },
]

/** The diagnostics and the gradient of slopes, and a sum of as many bytes. */
export function diagnosticsOf(device: GPUDevice, { subjects, format }: Question, tensors: Tensors): Candidate[] {
  const { activationStatistics, clipByGlobalNorm, deadUnits, gradientNorm } = createDiagnostics(device)
  const width = BYTES_PER_ELEMENT[format]
  const sum: Candidate = {
    activation: 'sum',
    direction: 'read',
    bytesPerElement: width,
    record: sumOf(device, tensors, 'x'),
  }
  const all = [sum]
  const add = (activation: string, bytesPerElement: number, record: Candidate['record']) =>
    all.push({ activation, direction: 'read', bytesPerElement, copy: sum, record })
  // Tensors of this benchmark are longer than what they hold for results.
  const result = ({ result: buffer }: TensorSet, size: number) => ({ buffer, size })
  add('gradientNorm', width, (pass, set) => gradientNorm(pass, [{ buffer: set.x }], { norm: result(set, 4), format }))
  add('clipByGlobalNorm', 3 * width, (pass, set) => clipByGlobalNorm(pass, [{ buffer: set.dy }], 5, { format }))
  add('clipByGlobalNorm, within', width, (pass, set) =>
    clipByGlobalNorm(pass, [{ buffer: set.dy }], Infinity, { format }),
  )
  for (const subject of subjects) {
    const activation = make(subject) as Activation
    const name = idOf(subject)
    add(`deadUnits ${name}`, width, (pass, set) =>
      deadUnits(pass, activation, { x: { buffer: set.x }, seen: result(set, 4 * UNITS), units: UNITS, format }),
    )
    for (const units of [1, UNITS]) {
      add(`activationStatistics ${name}, units ${units}`, width, (pass, set) =>
        activationStatistics(pass, activation, {
          x: { buffer: set.x },
          statistics: result(set, 80 * units),
          units,
          format,
        }),
      )
    }
  }
  const [ofX, ofDy] = [sum.record, sumOf(device, tensors, 'dy')]
  const sumOfTwo: Candidate = {
    activation: 'sum of two tensors',
    direction: 'read',
    bytesPerElement: 2 * width,
    record: (pass, set) => [ofX, ofDy].forEach(record => record(pass, set)),
  }
  all.push(sumOfTwo)
  const kernels = createKernels(device)
  for (const { name, count, inner } of SLOPES) {
    all.push({
      activation: `dalpha of prelu, slopes ${name}`,
      direction: 'read',
      bytesPerElement: 2 * width,
      copy: sumOfTwo,
      record: (pass, set) =>
        kernels.backward(pass, prelu({ alpha: new Float32Array(count), inner }), {
          x: { buffer: set.x },
          dy: { buffer: set.dy },
          dalpha: result(set, 4 * count),
          format,
        }),
    })
  }
  return all
}

function sumOf(device: GPUDevice, { sets, bytes }: Tensors, tensor: 'x' | 'dy'): Candidate['record'] {
  const grid = new Grid(device)
  const module = device.createShaderModule({ label: 'sum', code: sumWgsl })
  const constants = { workgroup_size: grid.workgroupSize }
  const pipeline = device.createComputePipeline({ label: 'sum', layout: 'auto', compute: { module, constants } })
  // As many workgroups as the kernels of the library take, and on a GPU enough to fill it.
  const workgroups = Math.min(grid.workgroupsFor(bytes / 16 / 16), 1024)
  const groups = new Map(
    sets.map(set => {
      const entries = [set[tensor], set.result].map((buffer, binding) => ({ binding, resource: { buffer } }))
      return [set, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries })]
    }),
  )
  return (pass, set) => {
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, groups.get(set))
    pass.dispatchWorkgroups(workgroups)
  }
}
