import * as tf from '@tensorflow/tfjs-core'
// The module registers the gradients.
// oxlint-disable-next-line import/no-unassigned-import
import '@tensorflow/tfjs-core/dist/register_all_gradients'
import { tfjsOperator } from './tfjs-operators.ts'
import { isGlu } from '../../src/index.ts'
import type { Computation, Data } from '../measure/computation.ts'
import { inTurn } from '../measure/rotation.ts'
import type { PeerName } from '../state/peers.ts'
import type { Peer, PeerData, ResidentPeer } from './peer.ts'
import { RecentResults } from './results.ts'

type Task = (x: tf.Tensor, dy: tf.Tensor | undefined) => tf.Tensor

/** The differences between backends. */
interface Backend {
  readonly peer: PeerName
  /** The name by which TensorFlow.js finds kernels. */
  readonly name: 'webgpu' | 'wasm' | 'cpu'
  readonly make: () => tf.KernelBackend | Promise<tf.KernelBackend>
  /** Makes a tensor of a set of data; absent where tensors lie in the memory of arrays. */
  readonly place?: (data: PeerData, set: number, which: 'x' | 'dy') => tf.Tensor
  /** Submits all dispatches and waits for the device. */
  readonly finish?: () => Promise<void>
}

/** Opens TensorFlow.js on one backend, in production mode. Gradients are computed by tf.grad. */
export async function openTfjs(backend: Backend, computations: readonly Computation[]): Promise<Peer> {
  tf.enableProdMode()
  // The package has registered a backend with a device of its own.
  if (tf.findBackendFactory(backend.name) !== null) tf.removeBackend(backend.name)
  tf.registerBackend(backend.name, backend.make)
  const select = async (): Promise<void> => {
    if (!(await tf.setBackend(backend.name))) throw new Error(`TensorFlow.js has no ${backend.name} here`)
  }
  await select()
  const tasks = await tasksOf(computations)
  const { place, finish } = backend
  return {
    name: backend.peer,
    version: tf.version_core,
    has: computation => tasks.has(computation),
    select,
    async call(computation, data) {
      const task = tasks.get(computation)!
      const hasGradient = computation.direction === 'backward'
      const result = tf.tidy(() => task(tf.tensor1d(data.x), hasGradient ? tf.tensor1d(data.dy) : undefined))
      const values = await result.data()
      result.dispose()
      return values as Float32Array
    },
    ...(place !== undefined && {
      async reside(data: PeerData) {
        await select()
        return reside(tasks, data, place, finish)
      },
    }),
    async close() {
      tf.removeBackend(backend.name)
    },
  }
}

function reside(
  tasks: ReadonlyMap<Computation, Task>,
  data: PeerData,
  place: NonNullable<Backend['place']>,
  finish: Backend['finish'],
): ResidentPeer {
  const hasGradients = [...tasks.keys()].some(({ direction }) => direction === 'backward')
  const inputs = data.sets.map((_, set) => ({
    x: place(data, set, 'x'),
    dy: hasGradients ? place(data, set, 'dy') : undefined,
  }))
  const results = new RecentResults<tf.Tensor>(inputs.length, result => result.dispose())
  return {
    start(computation, turn) {
      const { x, dy } = inTurn(inputs, turn)
      results.add(tf.tidy(() => tasks.get(computation)!(x, dy)))
    },
    async finish() {
      await finish?.()
    },
    result: async () => (await results.last.data()) as Float32Array,
    close() {
      results.clear()
      for (const { x, dy } of inputs) tf.dispose([x, ...(dy === undefined ? [] : [dy])])
    },
  }
}

/** The computations for which the backend has operators. */
async function tasksOf(computations: readonly Computation[]): Promise<Map<Computation, Task>> {
  const tasks = new Map<Computation, Task>()
  const data: Pick<Data, 'x' | 'dy'> = { x: Float32Array.of(-1, 0, 1, 2), dy: new Float32Array(4).fill(1) }
  for (const computation of computations) {
    const { activation, direction } = computation
    const operator = isGlu(activation) ? undefined : tfjsOperator(activation)
    if (operator === undefined) continue
    const task: Task = direction === 'forward' ? operator : (x, dy) => tf.grad(operator)(x, dy)
    try {
      const result = tf.tidy(() => task(tf.tensor1d(data.x), tf.tensor1d(data.dy)))
      await result.data()
      result.dispose()
    } catch (error) {
      // A backend need not have every kernel. The row states any other failure.
      if (String(error).includes('not registered')) continue
    }
    tasks.set(computation, task)
  }
  return tasks
}
