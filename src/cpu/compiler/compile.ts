import binaryen from 'binaryen'
import { alphaKernels } from './alpha-sums.ts'
import { addKernel } from './emitter.ts'
import { CompileError } from './errors.ts'
import { constantsOf, type Kernel, lengthOf } from './kernel.ts'
import { checkIdleReplacements, conversionOf, kernelOf } from './kernels.ts'
import { takesFormat } from '../../operations/operation.ts'
import { allActivations, operationsOf } from './programs.ts'

/**
 * Compiles the WebAssembly of the whole library: a function for each activation and operation, and the format
 * conversions.
 *
 * @throws CompileError when a shader has a construct that the compiler does not know
 */
export async function compile(): Promise<Uint8Array> {
  const kernels = await allKernels()
  const places = placesOf(kernels)
  const module = new binaryen.Module()
  module.setFeatures(binaryen.Features.SIMD128)
  // One page or more, without a maximum. src/cpu/wasm/module.ts makes an import of shared memory of this one.
  module.setMemory(1, -1, null, [], false, false, 'memory')
  module.addMemoryImport('memory', 'env', 'memory')
  for (const kernel of kernels) addKernel(module, kernel, places)
  module.addCustomSection('long', longOnes(kernels))
  // Without binaryen's passes: nodes are shared and folded, calls inlined and locals reused already, and the passes
  // would move constants back into loops, which engines do not all hoist.
  if (!module.validate()) throw new CompileError('binaryen finds the WebAssembly invalid')
  return module.emitBinary()
}

/** Returns all kernels, sorted by signature and length, which compresses best. */
async function allKernels(): Promise<Kernel[]> {
  const conversions = (['f16', 'bf16'] as const).flatMap(format => [
    conversionOf('unpack', format),
    conversionOf('pack', format),
  ])
  const computations = (await allActivations()).flatMap(activation => {
    const formats = takesFormat(activation, 'i32') ? (['f32', 'i32'] as const) : (['f32'] as const)
    return operationsOf(activation).flatMap(operation => formats.map(format => kernelOf(activation, operation, format)))
  })
  checkIdleReplacements()
  const order = ({ strides, loops }: Kernel): number => strides.length * 1e6 + lengthOf(loops.at(-1)!)
  // Activations share kernels of integers.
  const distinct = new Map(computations.map(kernel => [kernel.name, kernel])).values()
  return [...conversions, ...alphaKernels(), ...distinct].toSorted((a, b) => order(a) - order(b))
}

// The instructions of a vector from which on a second thread pays, though it is handed copies: none of the simple functions has
// more than 17, no smooth one fewer than 28. With 17 instructions two threads took as long as one (Node 20, 2026-12-01).
const LONG = 22

/** Marks the kernels that are worth a second thread by a bit each, in their order. */
function longOnes(kernels: readonly Kernel[]): Uint8Array {
  const bits = new Uint8Array(Math.ceil(kernels.length / 8))
  for (const [i, { loops }] of kernels.entries()) {
    const loop = loops.at(-1)!
    if (lengthOf(loop) / loop.vectors >= LONG) bits[i >> 3]! |= 1 << (i & 7)
  }
  return bits
}

const SHARED_CONSTANTS = 64

/** Assigns fixed locals to the most common constants. */
function placesOf(kernels: readonly Kernel[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const bits of kernels.flatMap(constantsOf)) counts.set(bits, (counts.get(bits) ?? 0) + 1)
  const mostCommon = [...counts].toSorted(([, a], [, b]) => b - a).slice(0, SHARED_CONSTANTS)
  return new Map(mostCommon.map(([bits], place) => [bits, place]))
}
