import careful from '../../shaders/kernels/careful.wgsl?raw'
import bits from '../../shaders/numerics/bits.wgsl?raw'
import elementwise from '../../shaders/tensorflow/elementwise.wgsl?raw'
import loadScalars from '../../shaders/tensorflow/load-scalars.wgsl?raw'
import loadVectors from '../../shaders/tensorflow/load-vectors.wgsl?raw'
import storeScalars from '../../shaders/tensorflow/store-scalars.wgsl?raw'
import storeVectors from '../../shaders/tensorflow/store-vectors.wgsl?raw'
import vec4Lanes from '../../shaders/vector-width/vec4.wgsl?raw'
import type { AnyActivation } from '../activations/support/glu-activation.ts'
import { workgroupSizeOf } from '../gpu/device/workgroup-size.ts'
import { partitionOf } from '../gpu/plan/grid.ts'
import { scheduleOf } from '../gpu/plan/schedule.ts'
import { LANES } from '../operations/layout.ts'
import { oncePer } from '../support/once.ts'
import { declarationsOf, neededBy } from '../wgsl/source.ts'
import type { Backend, Program, TensorInfo, Uniform } from './types.ts'

/** A computation of one result for each element. */
export interface Computation {
  readonly activation: AnyActivation
  /** The tensors by the names that the expression has for them. All have the length of the first, but for `alpha`. */
  readonly inputs: Readonly<Record<string, TensorInfo>>
  /** WGSL: the result of the vec4 index i, from `load_x(i)` and the functions of the activation. */
  readonly expression: string
  /** WGSL that the expression calls, and its uniforms. */
  readonly more?: { readonly key: string; readonly wgsl: string; readonly uniforms: readonly Named[] } | undefined
}

/** A uniform of the program, with its name and its type in WGSL. */
export type Named = Uniform & { readonly name: string; readonly wgslType: string }

const distributionOf = /* @__PURE__ */ oncePer((device: GPUDevice) => ({
  workgroupSize: workgroupSizeOf(device),
  schedule: scheduleOf(device),
}))

/** Computes a result for each element of the first input, of its shape, in one dispatch. */
export function compute(backend: Backend, computation: Computation): TensorInfo {
  const { activation, inputs, expression, more } = computation
  const { shape } = Object.values(inputs)[0]!
  const size = sizeOf(shape)
  const output = backend.makeTensorInfo([size], 'float32')
  const { workgroupSize, schedule } = distributionOf(backend.device)
  const { workgroups, invocations, invocationStride, loopStride, span } = partitionOf(
    schedule,
    Math.ceil(size / LANES),
    workgroupSize,
  )
  const parameters = [0, 1, 2, 3].map(i => activation.uniforms[i] ?? 0)
  const uniforms: Named[] = [
    { name: 'parameters', wgslType: 'vec4<f32>', type: 'float32', data: parameters },
    { name: 'order', wgslType: 'vec4<i32>', type: 'int32', data: [size, invocationStride, loopStride, span] },
    { name: 'invocations', wgslType: 'i32', type: 'int32', data: [invocations] },
    ...(more?.uniforms ?? []),
  ]
  const components = size % LANES === 0 ? LANES : 1
  const program: Program = {
    constructor: { name: `webgpu-activations ${activation.name}` },
    shaderKey: ['webgpu-activations', activation.programName, expression, components, more?.key].join(' '),
    outputShape: [size],
    outputComponent: components,
    variableNames: Object.keys(inputs),
    variableComponents: Object.keys(inputs).map(name => (name === SLOPES ? 1 : components)),
    workgroupSize: [workgroupSize, 1, 1],
    dispatch: [workgroups, 1, 1],
    dispatchLayout: { x: [0] },
    uniforms: declare(uniforms),
    getUserCode: () => compose(computation, components),
  }
  backend.runWebGPUProgram(program, flattened(Object.values(inputs)), 'float32', uniforms, output)
  return { dataId: output.dataId, shape, dtype: 'float32' }
}

/** The input that has a length of its own, and is read one by one. */
const SLOPES = 'alpha'

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1)
}

/** Declares uniforms, as members of the struct that the backend writes. */
export function declare(uniforms: readonly Named[]): string {
  return uniforms.map(({ name, wgslType }) => `${name} : ${wgslType}, `).join('')
}

/** The tensors as vectors: the backend makes a program for each number of dimensions. */
export function flattened(tensors: readonly TensorInfo[]): TensorInfo[] {
  return tensors.map(({ dataId, dtype, shape }) => ({ dataId, dtype, shape: [sizeOf(shape)] }))
}

// Composes the WGSL as src/gpu/programs/program.ts does. The names of the backend's own WGSL are others.
function compose({ activation, inputs, expression, more }: Computation, components: number): string {
  const [load, store] = components === 1 ? [loadScalars, storeScalars] : [loadVectors, storeVectors]
  const sources = [
    vec4Lanes,
    careful,
    bits,
    ...activation.wgslSources,
    ...Object.keys(inputs).map(name => load.replaceAll('NAME', name)),
    store,
    // Last, because it may replace a function of the activation.
    more?.wgsl ?? '',
    `fn element(i: u32) -> Float { return ${expression}; }`,
    elementwise,
  ]
  const declarations = declarationsOf(sources.join('\n'))
  const needed = neededBy(['main'], declarations)
  return [...declarations].map(([name, declaration]) => (needed.has(name) ? declaration : '')).join('')
}
