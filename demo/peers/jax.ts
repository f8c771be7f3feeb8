import {
  type Array as JaxArray,
  defaultDevice,
  getWebGPUDevice,
  init,
  jit,
  numpy,
  type OwnedFunction,
  vjp,
} from '@jax-js/jax'
import { type JaxOperator, jaxOperator } from './jax-operators.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { isGlu } from '../../src/index.ts'
import type { Computation } from '../measure/computation.ts'
import { untilDone } from '../measure/gpu.ts'
import { inTurn } from '../measure/rotation.ts'
import type { OpenPeer, PeerData, ResidentPeer } from './peer.ts'
import { RecentResults } from './results.ts'

/** A function of x, and backward of dy. It consumes one reference of each. */
type Task = OwnedFunction<(...inputs: JaxArray[]) => JaxArray>

/** Opens jax-js on WebGPU, compiled by jit, with gradients by vjp. It keeps a device of its own. */
export const open: OpenPeer = async computations => {
  if (!(await init('webgpu')).includes('webgpu')) throw new Error('jax-js has no WebGPU here')
  defaultDevice('webgpu')
  const tasks = new Map<Computation, Task>()
  for (const computation of computations) {
    const { activation, direction } = computation
    const operator = isGlu(activation) ? undefined : jaxOperator(activation)
    if (operator !== undefined)
      tasks.set(computation, direction === 'forward' ? jit(operator) : jit(gradientOf(operator)))
  }
  return {
    name: 'jax-js',
    version: packageJson.devDependencies['@jax-js/jax'],
    has: computation => tasks.has(computation),
    async call(computation, { x, dy }) {
      const arrays = computation.direction === 'backward' ? [x, dy] : [x]
      const result = tasks.get(computation)!(...arrays.map(array => numpy.array(array)))
      return (await result.data()) as Float32Array
    },
    reside: async data => reside(tasks, data),
    async close() {
      for (const task of tasks.values()) task.dispose()
    },
  }
}

function reside(tasks: ReadonlyMap<Computation, Task>, { sets }: PeerData): ResidentPeer {
  const hasGradients = [...tasks.keys()].some(({ direction }) => direction === 'backward')
  const inputs = sets.map(({ x, dy }) => (hasGradients ? [x, dy] : [x]).map(array => numpy.array(array)))
  const results = new RecentResults<JaxArray>(inputs.length, result => result.dispose())
  return {
    start(computation, turn) {
      const taken = inTurn(inputs, turn).slice(0, computation.direction === 'backward' ? 2 : 1)
      const result = tasks.get(computation)!(...taken.map(array => array.ref))
      // jax-js defers the computation until the buffer is requested, which consumes one reference and reads nothing back.
      result.ref.gpuBufferSync()
      results.add(result)
    },
    finish: () => untilDone(getWebGPUDevice()),
    result: async () => (await results.last.ref.data()) as Float32Array,
    close() {
      results.clear()
      for (const array of inputs.flat()) array.dispose()
    },
  }
}

function gradientOf(operator: JaxOperator): (x: JaxArray, dy: JaxArray) => JaxArray {
  return (x, dy) => {
    const [y, pull] = vjp(operator, [x])
    y.dispose()
    const [dx] = pull(dy)
    pull.dispose()
    return dx
  }
}
