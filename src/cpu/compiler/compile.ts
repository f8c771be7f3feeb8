import binaryen from 'binaryen'
import { isGlu } from '../../activations/support/glu-activation.ts'
import { addKernel } from './emitter.ts'
import { CompileError } from './errors.ts'
import { constantsOf, type Kernel, lengthOf } from './kernel.ts'
import { checkIdleReplacements, conversionOf, kernelOf } from './kernels.ts'
import { allActivations, operationsOf } from './programs.ts'

/**
 * The WebAssembly of the whole library: for each activation and what is computed of it a function, and some that convert
 * formats.
 *
 * @throws CompileError where a shader has something that the compiler does not know
 */
export async function compile(): Promise<Uint8Array> {
  const kernels = await allKernels()
  const places = placesOf(kernels)
  const module = new binaryen.Module()
  module.setFeatures(binaryen.Features.SIMD128)
  // Of one page or more, and no limit.
  module.setMemory(1, -1, null, [], false, false, 'memory')
  module.addMemoryImport('memory', 'env', 'memory')
  for (const kernel of kernels) addKernel(module, kernel, places)
  // Nothing is left for binaryen to optimise: nodes are shared and folded, calls inlined, locals taken again. Its passes would put
  // constants back into loops, where engines differ in what they make of them.
  if (!module.validate()) throw new CompileError('binaryen finds the WebAssembly invalid')
  return module.emitBinary()
}

/** Those of one signature and similar length next to each other: that compresses best. */
async function allKernels(): Promise<Kernel[]> {
  const conversions = (['f16', 'bf16'] as const).flatMap(format => [
    conversionOf('unpack', format),
    conversionOf('pack', format),
  ])
  const computations = (await allActivations()).flatMap(activation => {
    const takesIntegers = !isGlu(activation) && activation.integerShader !== undefined
    const formats = takesIntegers ? (['f32', 'i32'] as const) : (['f32'] as const)
    return operationsOf(activation).flatMap(operation => formats.map(format => kernelOf(activation, operation, format)))
  })
  checkIdleReplacements()
  const order = ({ strides, turns }: Kernel): number => strides.length * 1e6 + lengthOf(turns.at(-1)!)
  return [...conversions, ...computations].toSorted((a, b) => order(a) - order(b))
}

const SHARED_CONSTANTS = 64

/** Places for the constants that most kernels have. */
function placesOf(kernels: readonly Kernel[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const bits of kernels.flatMap(constantsOf)) counts.set(bits, (counts.get(bits) ?? 0) + 1)
  const mostCommon = [...counts].toSorted(([, a], [, b]) => b - a).slice(0, SHARED_CONSTANTS)
  return new Map(mostCommon.map(([bits], place) => [bits, place]))
}
