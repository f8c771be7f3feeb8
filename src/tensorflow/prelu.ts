import terms from '../../shaders/tensorflow/slope-terms.wgsl?raw'
import sums from '../../shaders/tensorflow/slope-sums.wgsl?raw'
import wgsl from '../../shaders/tensorflow/prelu.wgsl?raw'
import { prelu } from '../activations/prelu.ts'
import { isSoftware } from '../gpu/device/device.ts'
import { type Broadcast, broadcastOf, patternOf, sizesOf, slopeElements, slopePlace } from './broadcast.ts'
import { addKernel, PREFIX, replaceKernel, takesGradient } from './kernels.ts'
import { compute, type Computation, declare, flattened, type Named } from './program.ts'
import type { Replacements } from './registry.ts'
import {
  areFloats,
  type Backend,
  type GradConfig,
  runsPrograms,
  type Tensor,
  type TensorFlow,
  type TensorInfo,
} from './types.ts'

const WORKGROUP_SIZE = 64
// An invocation adds so many terms at least, where there are as many.
const FEWEST_TERMS = 64
const MOST_INVOCATIONS = 65_536
const MOST_INVOCATIONS_IN_SOFTWARE = 1024

/** Replaces Prelu and its gradients. Slopes stay on the GPU: a layer learns them. */
export function replacePrelu(tf: TensorFlow, replacements: Replacements, isActive: () => boolean): void {
  replaceKernel(tf, replacements, 'Prelu', isActive, ({ inputs: { x, alpha }, backend }) => {
    if (!runsPrograms(backend) || !areFloats(backend, [x, alpha])) return undefined
    const broadcast = broadcastOf(x!.shape, alpha!.shape)
    if (broadcast === undefined) return undefined
    return compute(backend, computation({ x: x!, alpha: alpha! }, 'prelu_forward(i)', broadcast))
  })
  const original: GradConfig | undefined = tf.getGradient('Prelu')
  if (original === undefined) return
  const [ofX, ofAlpha] = [`${PREFIX}PreluGrad`, `${PREFIX}PreluAlphaGrad`]
  addKernel(tf, replacements, ofX, ({ inputs: { x, alpha, dy }, backend }) => {
    const broadcast = broadcastOf(x!.shape, alpha!.shape)!
    return compute(backend as Backend, computation({ x: x!, dy: dy!, alpha: alpha! }, 'prelu_backward(i)', broadcast))
  })
  addKernel(tf, replacements, ofAlpha, ({ inputs: { x, alpha, dy }, backend }) => {
    const broadcast = broadcastOf(x!.shape, alpha!.shape)!
    const gradient = sumTerms(backend as Backend, x!, dy!, broadcast)
    return { ...gradient, shape: alpha!.shape }
  })
  replacements.gradient(tf, {
    ...original,
    gradFunc(dy, saved, attrs) {
      const [x, alpha] = saved as [Tensor, Tensor]
      const inputs = { x, alpha, dy: dy as Tensor }
      const isOurs = isActive() && x.size > 0 && broadcastOf(x.shape, alpha.shape) !== undefined
      if (!isOurs || !takesGradient(tf, Object.values(inputs))) return original.gradFunc(dy, saved, attrs)
      const gradient = (kernel: string) => (): Tensor => tf.engine().runKernel(kernel, inputs)
      return { x: gradient(ofX), alpha: gradient(ofAlpha) }
    },
  })
}

// Any slopes: the program is that of several, and the lookup is replaced.
const ACTIVATION = /* @__PURE__ */ prelu({ alpha: [0, 1] })

function computation(
  inputs: Readonly<Record<string, TensorInfo>>,
  expression: string,
  broadcast: Broadcast,
): Computation {
  const more = {
    key: patternOf(broadcast),
    wgsl: `${wgsl}\n${slopePlace(broadcast)}`,
    uniforms: [sizes(broadcast)],
  }
  return { activation: ACTIVATION, inputs, expression, more }
}

function sizes(broadcast: Broadcast): Named {
  return { name: 'sizes', wgslType: 'vec4<i32>', type: 'int32', data: sizesOf(broadcast) }
}

/** Sums x * dy for each slope over its elements that are not positive, in one dispatch, or two where a sum is long. */
function sumTerms(backend: Backend, x: TensorInfo, dy: TensorInfo, broadcast: Broadcast): TensorInfo {
  const { slopes, each, runs } = broadcast
  const most = isSoftware(backend.device) ? MOST_INVOCATIONS_IN_SOFTWARE : MOST_INVOCATIONS
  const slices = Math.max(1, Math.min(Math.ceil(each / FEWEST_TERMS), Math.floor(most / slopes)))
  const uniforms: Named[] = [
    { name: 'sums', wgslType: 'vec3<i32>', type: 'int32', data: [slopes, slices, each] },
    sizes(broadcast),
  ]
  const sideBySide = runs.at(-1)?.isShared !== true
  const parts = run(backend, uniforms, {
    name: 'terms',
    inputs: { x, dy },
    key: patternOf(broadcast),
    wgsl: `${terms}\n${slopeElements(broadcast)}\nconst SLOPES_SIDE_BY_SIDE = ${sideBySide};`,
    results: slopes * slices,
    workgroups: Math.ceil((slopes * slices) / WORKGROUP_SIZE),
  })
  if (slices === 1) return parts
  const joined = run(backend, uniforms, {
    name: 'sums',
    inputs: { terms: parts },
    key: '',
    wgsl: sums,
    results: slopes,
    workgroups: slopes,
  })
  backend.disposeData(parts.dataId)
  return joined
}

interface Reduction {
  readonly name: string
  readonly inputs: Readonly<Record<string, TensorInfo>>
  readonly key: string
  readonly wgsl: string
  readonly results: number
  readonly workgroups: number
}

function run(
  backend: Backend,
  uniforms: readonly Named[],
  { name, inputs, key, wgsl: code, results, workgroups }: Reduction,
): TensorInfo {
  const program = {
    constructor: { name: `webgpu-activations prelu ${name}` },
    shaderKey: `webgpu-activations prelu ${name} ${key}`,
    outputShape: [results],
    outputComponent: 1,
    variableNames: Object.keys(inputs),
    variableComponents: Object.keys(inputs).map(() => 1),
    workgroupSize: [WORKGROUP_SIZE, 1, 1] as [number, number, number],
    dispatch: [workgroups, 1, 1] as [number, number, number],
    dispatchLayout: { x: [0] },
    uniforms: declare(uniforms),
    getUserCode: () => code,
  }
  return backend.runWebGPUProgram(program, flattened(Object.values(inputs)), 'float32', uniforms)
}
