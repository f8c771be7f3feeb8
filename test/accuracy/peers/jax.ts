import { defaultDevice, init, nn, numpy, vjp } from '@jax-js/jax'
import type { Candidate } from '../measure.ts'
import { type JaxOperator, jaxOperator } from '../../../demo/peers/jax-operators.ts'

/** jax-js on WebGPU, eagerly; gradients by vjp. */
export async function openJax(): Promise<Candidate> {
  const devices = await init('webgpu')
  if (!devices.includes('webgpu')) throw new Error('jax-js has no WebGPU here')
  defaultDevice('webgpu')
  return {
    description: 'WebGPU device',
    async computationOf(subject) {
      const op = jaxOperator(subject)
      return (
        op && {
          forward: async x => (await op(numpy.array(x)).data()) as Float32Array,
          backward: (x, dy) => gradientOf(op, x, dy),
        }
      )
    },
    // The only gated pair it has. It takes both halves from one array, the gate last.
    pairOf(pair) {
      if (pair.name !== 'glu') return undefined
      const joined = (gate: Float32Array, up: Float32Array) => {
        const both = new Float32Array(2 * up.length)
        both.set(up)
        both.set(gate, up.length)
        return both
      }
      return {
        forward: async (gate, up) => (await nn.glu(numpy.array(joined(gate, up)), 0).data()) as Float32Array,
        async backward(gate, up, dy) {
          const gradient = await gradientOf(x => nn.glu(x, 0), joined(gate, up), dy)
          return { dUp: gradient.subarray(0, up.length), dGate: gradient.subarray(up.length) }
        },
      }
    },
  }
}

async function gradientOf(op: JaxOperator, x: Float32Array, dy: Float32Array): Promise<Float32Array> {
  const [y, pull] = vjp(op, [numpy.array(x)])
  y.dispose()
  const [dx] = pull(numpy.array(dy))
  const result = (await dx.data()) as Float32Array
  pull.dispose()
  return result
}
