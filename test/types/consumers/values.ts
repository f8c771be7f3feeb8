// Options, errors, reports, and what a user may put in a part's place.

import {
  type Activation,
  ActivationsError,
  BindingError,
  clamp,
  createDispatcher,
  createKernels,
  defineActivation,
  DefinitionError,
  defineGlu,
  type Dispatcher,
  type DispatcherOptions,
  elu,
  type ErrorCode,
  type GluActivation,
  GpuError,
  hardSigmoid,
  hardTanh,
  InputError,
  type Kernels,
  type Mismatch,
  prelu,
  type Report,
  relu,
  swiglu,
  type VerdictStorage,
  wgsl,
} from 'webgpu-activations'
import { is } from './same.ts'

export const activations: readonly Activation[] = [
  relu(),
  relu({}),
  elu({ alpha: undefined }),
  hardTanh({ maxValue: 2 }),
  clamp({ minValue: 0 }),
  hardSigmoid({ alpha: 0.2 }),
  prelu({ alpha: 0.1 }),
  prelu({ alpha: new Float32Array(2) }),
  prelu({ alpha: new Float32Array(new SharedArrayBuffer(8)), inner: 3 }),
]
// @ts-expect-error Made by a function of this package alone.
export const made: Activation = { name: 'relu' }
// @ts-expect-error
export const option: Activation = relu({ alpha: 1 })

const kept = new Map<string, string>()
export const storages: readonly VerdictStorage[] = [
  { getItem: key => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) },
  { getItem: key => kept.get(key), setItem: async (key, value) => void kept.set(key, value) },
  {
    getItem(key: string) {
      return key
    },
    setItem() {},
  },
]
// @ts-expect-error It is not waited for.
export const late: VerdictStorage = { getItem: async () => null, setItem: async () => {} }
// @ts-expect-error A Map has other methods.
export const map: VerdictStorage = kept

export const options: readonly DispatcherOptions[] = [
  {},
  { processor: 'auto', crossCheck: 'full', onMismatch: 'throw', seed: 1, timeLimit: Infinity },
  { processor: undefined, device: undefined, storage: undefined, signal: undefined, worker: undefined },
  { storage: storages[0], tune: false, selfTest: false, worker: true },
]
export const made2: Promise<Dispatcher>[] = [createDispatcher(), createDispatcher(undefined), createDispatcher({})]
const processor: string = 'cpu'
// @ts-expect-error One of three.
void createDispatcher({ processor })
// @ts-expect-error No such option.
void createDispatcher({ procesor: 'cpu' })
// @ts-expect-error Not a device.
void createDispatcher({ device: 42 })
// @ts-expect-error
void createKernels(42)

export function read(report: Report): readonly unknown[] {
  is<'webgpu' | 'cpu'>()(report.processor)
  is<string | undefined>()(report.adapter?.vendor)
  is<'wasm' | 'javascript'>()(report.cpu.path)
  is<number | undefined>()(report.crossover?.elements['relu forward'])
  is<string | null>()(report.deviceErrors.last)
  // @ts-expect-error It is a snapshot.
  report.fallbacks = 0
  return report.quarantined
}

export function handled(error: unknown): ErrorCode | undefined {
  if (error instanceof BindingError) return is<'invalid-binding'>()(error.code)
  if (error instanceof GpuError) return is<'gpu-failure' | 'out-of-memory' | 'timeout'>()(error.code)
  if (error instanceof InputError) return is<ErrorCode>()(error.code)
  if (!(error instanceof ActivationsError)) return undefined
  is<string>()(error.fix)
  switch (error.code) {
    case 'cross-check':
      return is<'cross-check'>()(error.code)
    // @ts-expect-error No such code.
    case 'croos-check':
      return undefined
    default:
      return is<Exclude<ErrorCode, 'cross-check'>>()(error.code)
  }
}

export const shader: string = wgsl(swiglu(), { name: undefined })
export const where = ({ index, x = NaN, gate = x }: Mismatch): number => index + gate

/** For tests of a user's own. */
export const recorded: unknown[] = []
export const kernels: Kernels = {
  forward: (pass, activation, bindings) => recorded.push([pass, activation, bindings]),
  backward() {},
  prepare: async () => {},
}

export const plain = defineActivation({ name: 'plain', wgsl: '', reference: { forward: x => x, derivative: () => 1 } })
export const scaled = defineActivation({
  name: 'scaled',
  parameters: { scale: 2, shift: undefined },
  wgsl: '',
  reference: { forward: (x, { scale, shift }) => scale * x + shift, derivative: (_, { scale }) => scale },
  bounds: ({ scale }) => ({ forward: scale, backward: 8 }),
})
export const own: readonly Activation[] = [plain(), scaled({ scale: 3 })]
export const ownUnit: GluActivation = defineGlu({ name: 'scaledGlu', activation: scaled })({ shift: 1 })
// @ts-expect-error It has no parameters.
plain({ scale: 1 })
// @ts-expect-error
scaled({ scales: 1 })
// @ts-expect-error Numbers alone.
scaled({ scale: '1' })
// @ts-expect-error A reference has a forward.
defineActivation({ name: 'without', wgsl: '', reference: { derivative: () => 1 } })
export const place = (error: unknown): number | undefined => (error instanceof DefinitionError ? error.line : undefined)
