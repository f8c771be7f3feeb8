import fc from 'fast-check'
import { type Activation, createKernels, type Format, type Kernels } from '../../src/index.ts'
import { BufferUsage, MapMode } from '../../src/gpu/device/constants.ts'
import { anyBits, type Words } from './arrays.ts'
import { formatOf, wordsFor } from './call.ts'
import { brokenShape, faithfulShape, type Shape, steadyShape } from './objects.ts'
import { judge, type Outcome } from './outcome.ts'
import { expectPairBackward } from './pair-truth.ts'
import { Recipe, throwing } from './recipe.ts'
import { lengthFor, pairNames, subjectOf } from './subjects.ts'
import { expectBackward, expectForward } from './truth.ts'
import { anything, hostileProxy, oneIn } from './values.ts'

// Kernels that are recorded into a pass of the caller's.

const TENSOR_BYTES = 8192
const LONGEST = 1500
const POISON = 0xa5
const NAMES = ['x', 'y', 'dy', 'dx', 'gate', 'up', 'dGate', 'dUp'] as const
const BREAKS = [
  'pass',
  'activation',
  'bindings',
  'binding',
  'offset',
  'size',
  'buffer',
  'format',
  'missing',
  'unknown',
  'overlap',
] as const

export interface KernelCase {
  readonly subject: ReturnType<typeof subjectOf> extends fc.Arbitrary<infer Made> ? Made : never
  readonly direction: 'forward' | 'backward'
  readonly format: Format
  readonly length: number
  readonly bits: readonly (readonly number[])[]
  /** In words, for each tensor. */
  readonly offsets: readonly number[]
  /** Whether the first result goes over the first input. */
  readonly inPlace: boolean
  readonly sized: boolean
  readonly shapes: readonly [bindings: Shape, binding: Shape]
  /** Another offset that the first result's binding has at later looks; and then in a call of its own. */
  readonly shift: number | undefined
  readonly broken: (typeof BREAKS)[number] | undefined
  readonly odd: Recipe
  readonly brokenShape: Shape
  readonly brokenBuffer: 'mapped' | 'unusable' | 'proxy' | 'hostile' | 'fake' | 'odd'
  readonly brokenPass: 'odd' | 'proxy' | 'hostile' | 'throwing'
}

const bits = fc.array(anyBits, { minLength: 1, maxLength: 9 })
const offset = fc.oneof(fc.constantFrom(0, 64, 128), fc.nat({ max: 200 }))

// One that changes is looked at more than once, and is most often refused.
const shape = fc.oneof({ weight: 4, arbitrary: steadyShape }, { weight: 1, arbitrary: faithfulShape })

/** @param names the activations @param formats and formats: each of them has programs of its own to compile */
export function kernelCases(names: readonly string[], formats: readonly Format[]): fc.Arbitrary<KernelCase> {
  return fc.record({
    subject: subjectOf(names),
    direction: fc.constantFrom('forward', 'backward'),
    format: fc.constantFrom(...formats),
    length: fc.oneof(fc.nat({ max: 70 }), fc.nat({ max: LONGEST })),
    bits: fc.tuple(bits, bits, bits),
    offsets: fc.array(offset, { minLength: 5, maxLength: 5 }),
    inPlace: fc.boolean(),
    sized: fc.boolean(),
    shapes: fc.tuple(shape, shape),
    shift: oneIn(3, fc.integer({ min: 1, max: 100 })),
    broken: oneIn(2, fc.constantFrom(...BREAKS)),
    odd: anything,
    brokenShape,
    brokenBuffer: fc.constantFrom('mapped', 'unusable', 'proxy', 'hostile', 'fake', 'odd'),
    brokenPass: fc.constantFrom('odd', 'proxy', 'hostile', 'throwing'),
  })
}

type Named<Value> = Record<string, Value>
interface Range {
  readonly buffer: GPUBuffer
  readonly offset: number
  readonly size?: number
}

/** Records cases on one device, and reads what they give. */
export class KernelBench {
  readonly #device: GPUDevice
  readonly #kernels: Kernels
  readonly #buffers: Named<GPUBuffer>
  readonly #staging: GPUBuffer

  constructor(device: GPUDevice) {
    this.#device = device
    this.#kernels = createKernels(device)
    const usage = BufferUsage.STORAGE | BufferUsage.COPY_SRC | BufferUsage.COPY_DST
    const make = (): GPUBuffer => device.createBuffer({ size: TENSOR_BYTES, usage })
    this.#buffers = Object.fromEntries(NAMES.map(name => [name, make()]))
    this.#staging = device.createBuffer({ size: 2 * TENSOR_BYTES, usage: BufferUsage.MAP_READ | BufferUsage.COPY_DST })
  }

  destroy(): void {
    for (const buffer of [...Object.values(this.#buffers), this.#staging]) buffer.destroy()
  }

  async run(one: KernelCase): Promise<Outcome> {
    const outcome = await this.#once(one)
    if (one.shift === undefined || one.inPlace || one.broken !== undefined) return outcome
    // What was never checked must not have been remembered.
    return this.#once({
      ...one,
      shift: undefined,
      offsets: [...one.offsets.slice(0, 3), one.offsets[3]! + one.shift, one.offsets[4]!],
    })
  }

  async #once(one: KernelCase): Promise<Outcome> {
    const { subject, direction, broken } = one
    const { length, fits } = lengthFor(subject.subject, one.length, LONGEST)
    const isPair = pairNames.includes(subject.subject.name)
    const format = formatOf(one)
    const made = subject.recipe.make() as Activation
    const inputs = isPair
      ? ['gate', 'up', ...(direction === 'backward' ? ['dy'] : [])]
      : direction === 'backward'
        ? ['x', 'dy']
        : ['x']
    const results = direction === 'forward' ? ['y'] : isPair ? ['dGate', 'dUp'] : ['dx']
    const words: Named<Words> = Object.fromEntries(
      (isPair ? ['gate', 'up', 'dy'] : ['x', 'dy']).map((name, i) => [
        name,
        wordsFor(format, one.bits[i]!, length, isPair),
      ]),
    )
    const size = words['dy']!.byteLength
    const ranges: Named<Range> = {}
    for (const [i, name] of inputs.entries()) ranges[name] = this.#range(name, one.offsets[i]!, size)
    for (const [i, name] of results.entries()) {
      ranges[name] = one.inPlace && i === 0 ? ranges[inputs[0]!]! : this.#range(name, one.offsets[3 + i]!, size)
    }
    for (const name of [...inputs, ...results])
      this.#device.queue.writeBuffer(ranges[name]!.buffer, 0, new Uint8Array(TENSOR_BYTES).fill(POISON))
    for (const name of inputs) {
      const padded = new Uint8Array(Math.ceil(size / 4) * 4).fill(POISON)
      padded.set(new Uint8Array(words[name]!.buffer, 0, size))
      this.#device.queue.writeBuffer(ranges[name]!.buffer, ranges[name]!.offset, padded)
    }
    const resources: { destroy(): void }[] = []
    const bindings = this.#bindings(one, ranges, inputs, results, format, resources)
    const encoder = this.#device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    // The quick way looks at bindings first, and the reader of those it does not know looks again.
    const isChanging = one.shapes.some(({ name }) => name.startsWith('changing'))
    const verdict = broken !== undefined || !fits ? 'refused' : isChanging ? 'either' : 'right'
    // So short a range does not reach the other; and of no elements nothing is recorded.
    const isUnseen = broken === 'pass' || (broken === 'buffer' && one.brokenBuffer === 'fake')
    const isHarmless = (broken === 'overlap' && size <= 4) || (isUnseen && length === 0)
    try {
      return await judge(
        { verdict: isHarmless ? 'either' : verdict, throws: broken !== undefined || isChanging },
        () =>
          (this.#kernels[direction] as (...given: unknown[]) => void)(
            passOf(one, pass),
            broken === 'activation' ? one.odd.make() : made,
            bindings,
          ),
        async () => {
          if (broken !== undefined) return
          pass.end()
          const found = await this.#read(encoder, results, ranges, words['dy']!, one.inPlace ? 0 : (one.shift ?? 0) * 4)
          const given = { subject: subject.subject, made, format, inputs: words }
          if (direction === 'forward') expectForward(given, found['y']!)
          else if (isPair) expectPairBackward(subject.subject, format, words as never, found as never)
          else expectBackward(given, found['dx']!)
        },
      )
    } finally {
      if (broken !== undefined) pass.end()
      for (const resource of resources) resource.destroy()
    }
  }

  #range(name: string, offsetInWords: number, size: number): Range {
    return { buffer: this.#buffers[name]!, offset: offsetInWords * 4, size }
  }

  #bindings(
    one: KernelCase,
    ranges: Named<Range>,
    inputs: readonly string[],
    results: readonly string[],
    format: Format,
    resources: { destroy(): void }[],
  ): unknown {
    const { broken, shapes, shift, odd } = one
    const given: Named<unknown> = Object.fromEntries(
      Object.entries(ranges).map(([name, range]) => {
        const isFirst = name === inputs[0]
        const { buffer, offset: at, size } = range
        // The first has no size from which it would be known.
        const values = one.sized || isFirst ? { buffer, offset: at, size } : { buffer, offset: at }
        return [name, shapes[1].make()(values)]
      }),
    )
    const [first, last] = [inputs[0]!, results[0]!]
    const range = ranges[first]!
    if (shift !== undefined && !one.inPlace) given[last] = changingOffset(ranges[last]!, shift * 4)
    if (format !== 'f32' || one.sized) given['format'] = format
    if (broken === 'binding') given[last] = odd.make()
    if (broken === 'offset')
      given[last] = { ...ranges[last]!, offset: typeof odd.make() === 'number' ? 2 : (odd.make() ?? 2) }
    if (broken === 'size') given[last] = { ...ranges[last]!, size: (range.size ?? 0) + 4 }
    if (broken === 'buffer') given[last] = { ...ranges[last]!, buffer: this.#brokenBuffer(one, resources) }
    if (broken === 'format') given['format'] = odd.make()
    if (broken === 'missing') delete given[last]
    if (broken === 'unknown') given['unknown'] = 1
    if (broken === 'overlap') given[last] = { ...range, offset: range.offset + 4 }
    if (broken === 'bindings') return one.brokenShape.make()(given)
    return shapes[0].make()(given)
  }

  #brokenBuffer({ brokenBuffer: kind, odd }: KernelCase, resources: { destroy(): void }[]): unknown {
    const make = (usage: number, mappedAtCreation = false): GPUBuffer => {
      const buffer = this.#device.createBuffer({ size: TENSOR_BYTES, usage, mappedAtCreation })
      resources.push(buffer)
      return buffer
    }
    switch (kind) {
      case 'mapped':
        return make(BufferUsage.STORAGE, true)
      case 'unusable':
        return make(BufferUsage.COPY_DST)
      case 'proxy':
        return new Proxy(make(BufferUsage.STORAGE), {})
      case 'hostile':
        return hostileProxy(make(BufferUsage.STORAGE))
      case 'fake':
        return { usage: BufferUsage.STORAGE, size: TENSOR_BYTES, mapState: 'unmapped', destroy: throwing('destroy') }
      case 'odd':
        return odd.make()
    }
  }

  /** Ends the encoder and reads the results; what surrounds them has to be as it was. */
  async #read(
    encoder: GPUCommandEncoder,
    results: readonly string[],
    ranges: Named<Range>,
    like: Words,
    shift: number,
  ): Promise<Named<Words>> {
    const [device, staging] = [this.#device, this.#staging]
    for (const [i, name] of results.entries())
      encoder.copyBufferToBuffer(ranges[name]!.buffer, 0, staging, i * TENSOR_BYTES, TENSOR_BYTES)
    device.queue.submit([encoder.finish()])
    await staging.mapAsync(MapMode.READ)
    const bytes = new Uint8Array(staging.getMappedRange()).slice()
    staging.unmap()
    const View = like.constructor as new (buffer: ArrayBuffer) => Words
    return Object.fromEntries(
      results.map((name, i) => {
        const whole = bytes.slice(i * TENSOR_BYTES, (i + 1) * TENSOR_BYTES)
        const { offset: first } = ranges[name]!
        const isShifted = i === 0 && shift > 0 && whole.subarray(first, first + 4).every(byte => byte === POISON)
        const start = isShifted ? first + shift : first
        const around = whole.filter((_, at) => at < start || at >= start + like.byteLength)
        if (around.some(byte => byte !== POISON)) throw new Error(`bytes around ${name} were written`)
        return [name, new View(whole.slice(start, start + like.byteLength).buffer)]
      }),
    )
  }
}

function changingOffset({ buffer, offset: first, size }: Range, shift: number): object {
  let looks = 0
  return {
    buffer,
    size,
    get offset(): number {
      // From the second look on, or from the third: between a check and what is remembered of it.
      return looks++ < 1 + ((shift / 4) % 2) ? first : first + shift
    },
  }
}

function passOf({ broken, brokenPass, odd }: KernelCase, pass: GPUComputePassEncoder): GPUComputePassEncoder {
  if (broken !== 'pass') return pass
  switch (brokenPass) {
    case 'odd':
      return odd.make() as GPUComputePassEncoder
    case 'proxy':
      return new Proxy(pass, {})
    case 'hostile':
      return hostileProxy(pass) as GPUComputePassEncoder
    case 'throwing': {
      const thrower = throwing('a pass')
      return {
        setPipeline: thrower,
        setBindGroup: thrower,
        dispatchWorkgroups: thrower,
      } as unknown as GPUComputePassEncoder
    }
  }
}
