import type { Step } from './steps.ts'
import type { WatchedDevice } from './watched-device.ts'

/** A step that a fault strikes. */
interface Struck {
  readonly step: Step
  /** Undefined before there is one. */
  readonly device: WatchedDevice | undefined
  /** Whose method it is. */
  readonly object: object
  readonly given: readonly unknown[]
  readonly native: (...given: unknown[]) => unknown
}

/** How a step fails. */
export interface Failure {
  readonly name: string
  /** Does in place of the step what a failing one does. */
  readonly strike: (struck: Struck) => unknown
}

const errors = {
  TypeError: () => new TypeError('The value is not of that type.'),
  RangeError: () => new RangeError('Array buffer allocation failed.'),
  OperationError: () => new DOMException('The operation failed.', 'OperationError'),
  AbortError: () => new DOMException('The operation was aborted.', 'AbortError'),
} as const

export function throws(name: keyof typeof errors): Failure {
  return {
    name: `throws ${name}`,
    strike() {
      throw errors[name]()
    },
  }
}

export function rejects(name: keyof typeof errors): Failure {
  return { name: `rejects ${name}`, strike: () => Promise.reject(errors[name]()) }
}

export const neverAnswers: Failure = { name: 'never answers', strike: () => new Promise(() => {}) }

export const answersNull: Failure = { name: 'answers null', strike: () => Promise.resolve(null) }

const SLOW_MS = 30

export const answersLate: Failure = {
  name: 'answers late',
  async strike({ given, native }) {
    const answer = await native(...given)
    await new Promise(resolve => setTimeout(resolve, SLOW_MS))
    return answer
  },
}

/** A driver that does not do what it was told, and says nothing. */
export const doesNothing: Failure = { name: 'does nothing', strike: () => undefined }

export const dispatchesLess: Failure = {
  name: 'dispatches one workgroup less',
  strike: ({ given, native }) => native((given[0] as number) - 1),
}

/** The device is lost right before the step. */
export const lostBefore: Failure = {
  name: 'device lost before',
  strike({ device, given, native }) {
    device!.lose('unknown')
    return native(...given)
  },
}

/** The device is lost as soon as the step returns: what it promises is pending then. */
export const lostAfter: Failure = {
  name: 'device destroyed after',
  strike({ device, given, native }) {
    const result = native(...given)
    device!.lose('destroyed')
    return result
  },
}

/** The device is lost as soon as the call waits for something. */
export const lostMeanwhile: Failure = {
  name: 'device lost while the call waits',
  strike({ device, given, native }) {
    queueMicrotask(() => device!.lose('unknown'))
    return native(...given)
  },
}

/** The device is lost when the step has been answered, and before anybody knows. */
export const lostWhenAnswered: Failure = {
  name: 'device lost when it answers',
  async strike({ device, given, native }) {
    const answer = await native(...given)
    device!.lose('unknown')
    return answer
  },
}

/** The device dies, and its promise of that is never kept: only what fails on it tells. */
export const diesSilently: Failure = {
  name: 'device dies silently before',
  strike({ device, given, native }) {
    device!.loseSilently()
    return native(...given)
  },
}

/** WebGPU refuses the step for real, by a validation error. */
export const isRefused: Failure = { name: 'is refused', strike: refuse }

/** An error of a kind that cannot be had for real at will: it is what the scope says. What is created is invalid, as it would be. */
function errs(filter: 'out-of-memory' | 'internal', name: string): Failure {
  return {
    name,
    strike(struck) {
      const { device, step, given, native } = struck
      device!.raise(filter, `Simulated at ${step}.`)
      return /^create(Buffer|BindGroup|ShaderModule|PipelineLayout)/.test(step) ? refuse(struck) : native(...given)
    },
  }
}

export const outOfMemory = errs('out-of-memory', 'runs out of memory')
export const internalError = errs('internal', 'has an internal error')

const MOST_BYTES = 2 ** 17

/** There is memory for small buffers only. */
export const outOfMemoryForLarge: Failure = {
  name: 'runs out of memory beyond 128 KiB',
  strike(struck) {
    const { size } = struck.given[0] as GPUBufferDescriptor
    return size > MOST_BYTES ? outOfMemory.strike(struck) : struck.native(...struck.given)
  },
}

/** What comes back is wrong, in a way of some driver. */
function wrong(name: string, spoil: (words: Uint32Array) => void): Failure {
  return {
    name,
    strike({ given, native }) {
      const bytes = (native(...given) as ArrayBuffer).slice(0)
      spoil(new Uint32Array(bytes))
      return bytes
    },
  }
}

export const givesZeros = wrong('gives zeros', words => words.fill(0))
export const givesOneWrong = wrong('gives one wrong element', words => (words[words.length >> 1]! ^= 0x00400000))
export const loosesNaN = wrong('gives 0 for NaN', words => {
  for (const [i, word] of words.entries()) if ((word & 0x7fffffff) > 0x7f800000) words[i] = 0
})
export const leavesTail = wrong('does not compute the tail', words => words.fill(0x7b7b7b7b, -2))
export const flipsBit = wrong('has a bit wrong', words => (words[words.length >> 1]! ^= 1 << 7))

const TOO_MUCH = 2 ** 32 - 1
const BOTH_MAPS = 3

/** Takes the step in a way that WebGPU refuses. */
function refuse({ step, device, object, given, native }: Struck): unknown {
  const [first] = given
  switch (step) {
    // Any of the owner's own.
    case 'uncapturederror':
      return device!.device.createBuffer({ size: 16, usage: BOTH_MAPS }).destroy()
    case 'createBuffer (device)':
    case 'createBuffer (staging)':
    case 'createBuffer (constants)':
      return native({ ...(first as GPUBufferDescriptor), usage: (first as GPUBufferDescriptor).usage | BOTH_MAPS })
    case 'createShaderModule':
      return native({ code: 'This is no WGSL.' })
    case 'createBindGroupLayout': {
      const descriptor = first as GPUBindGroupLayoutDescriptor
      return native({ ...descriptor, entries: [...descriptor.entries, ...descriptor.entries] })
    }
    case 'createPipelineLayout': {
      const { bindGroupLayouts } = first as GPUPipelineLayoutDescriptor
      return native({ bindGroupLayouts: Array.from({ length: 99 }, () => [...bindGroupLayouts][0]) })
    }
    case 'createComputePipelineAsync': {
      const descriptor = first as GPUComputePipelineDescriptor
      return native({ ...descriptor, compute: { ...descriptor.compute, entryPoint: 'missing' } })
    }
    case 'createBindGroup':
      return native({ ...(first as GPUBindGroupDescriptor), entries: [] })
    case 'writeBuffer':
      return native(first, (first as GPUBuffer).size, given[2])
    case 'createCommandEncoder':
    case 'beginComputePass': {
      const made = native(first) as GPUCommandEncoder
      made.popDebugGroup()
      return made
    }
    case 'setPipeline':
    case 'setBindGroup':
      return (object as GPUComputePassEncoder).popDebugGroup()
    case 'dispatchWorkgroups':
      return native(TOO_MUCH)
    case 'end':
      native()
      return native()
    case 'copyBufferToBuffer':
      return native(...given.slice(0, 4), TOO_MUCH)
    case 'finish':
      ;(object as GPUCommandEncoder).popDebugGroup()
      return native()
    case 'submit': {
      const commands = first as readonly GPUCommandBuffer[]
      return native([...commands, ...commands])
    }
    case 'mapAsync':
      return native(first, 3, given[2])
    case 'getMappedRange (staging)':
    case 'getMappedRange (constants)':
      return native(3, 3)
    default:
      throw new Error(`WebGPU refuses no ${step}.`)
  }
}
