import type { InferenceSession, Tensor } from 'onnxruntime-web'
import { onnxModel } from './onnx-model.ts'
import { onnxOperator } from './onnx-operators.ts'
import { isGlu } from '../../src/index.ts'
import type { Computation } from '../measure/computation.ts'
import { untilDone } from '../measure/gpu.ts'
import { inTurn } from '../measure/rotation.ts'
import type { PeerName } from '../state/peers.ts'
import type { Peer, PeerData, ResidentPeer } from './peer.ts'

/** A build of ONNX Runtime: each is a module of its own. */
type Ort = Pick<typeof import('onnxruntime-web'), 'InferenceSession' | 'Tensor' | 'env'>

/** The differences between execution providers. */
interface Provider {
  readonly peer: PeerName
  readonly ort: Ort
  readonly options: InferenceSession.SessionOptions
  /** The page's device, where sessions use it. */
  readonly device?: GPUDevice
}

/** ONNX Runtime Web: a session for each model of one operator, from x to y. It has no gradients. */
export async function openOrt(provider: Provider, computations: readonly Computation[]): Promise<Peer> {
  const { peer, ort, device } = provider
  const sessions = await sessionsOf(provider, computations)
  return {
    name: peer,
    version: ort.env.versions.web!,
    has: computation => sessions.has(computation),
    async call(computation, { x }) {
      const { y } = await sessions.get(computation)!.run({ x: new ort.Tensor('float32', x, [x.length]) })
      return (await y!.getData(true)) as Float32Array
    },
    ...(device !== undefined && { reside: async (data: PeerData) => reside(ort, sessions, device, data) }),
    async close() {
      for (const session of sessions.values()) await session.release()
    },
  }
}

/** The page's buffers, bound to the models for input and output. */
function reside(
  ort: Ort,
  sessions: ReadonlyMap<Computation, InferenceSession>,
  device: GPUDevice,
  { buffers }: PeerData,
): ResidentPeer {
  const { sets, elements } = buffers!
  const tensorOf = (buffer: GPUBuffer): Tensor =>
    ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: [elements] })
  const bound = sets.map(set => ({ x: tensorOf(set.x), y: tensorOf(set.results[0]) }))
  let last = sets[0]!
  return {
    start(computation, turn) {
      last = inTurn(sets, turn)
      const { x, y } = inTurn(bound, turn)
      return sessions.get(computation)!.run({ x }, { y })
    },
    finish: () => untilDone(device),
    result: signal => buffers!.read(last.results[0], signal),
    close() {
      for (const { x, y } of bound) {
        x.dispose()
        y.dispose()
      }
    },
  }
}

async function sessionsOf(
  { ort, options }: Provider,
  computations: readonly Computation[],
): Promise<Map<Computation, InferenceSession>> {
  // It logs each model that it refuses as an error.
  ort.env.logLevel = 'fatal'
  const sessions = new Map<Computation, InferenceSession>()
  for (const computation of computations) {
    const { activation, direction } = computation
    const operator = isGlu(activation) || direction === 'backward' ? undefined : onnxOperator(activation)
    if (operator === undefined) continue
    try {
      sessions.set(computation, await ort.InferenceSession.create(onnxModel(operator), options))
    } catch (error) {
      if (!String(error).includes('fallback to CPU EP')) throw error
    }
  }
  return sessions
}
