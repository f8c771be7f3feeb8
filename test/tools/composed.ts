import { layoutsOf } from '../../src/gpu/programs/program-layouts.ts'
import {
  type Access,
  addColumnsOperation,
  compose,
  type ProgramSource,
  programKey,
} from '../../src/gpu/programs/program.ts'
import type { CallParts } from '../../src/gpu/record/prepare-options.ts'
import { variantFor } from '../../src/gpu/record/prepared-programs.ts'
import type { AnyActivation } from '../../src/activations/support/glu-activation.ts'
import { checkFormat, operationOf } from '../../src/operations/operation.ts'
import type { Format } from '../../src/support/formats.ts'
import { declarationsOf, indented } from '../../src/wgsl/source.ts'

/** Which program of an activation. */
export interface ProgramChoice extends Partial<Omit<CallParts, 'packing'>> {
  readonly format?: Format
  /** Whether tensors lie on the boundaries of vectors. */
  readonly access?: Access
}

/** The parts of a call that has tensors alone. */
export const PLAIN: CallParts = {
  from: 'x',
  mask: false,
  bias: false,
  dbias: false,
  alpha: false,
  dalpha: false,
  accumulate: false,
}

// A device with WebGPU's default limits.
const USUAL = { limits: { maxComputeInvocationsPerWorkgroup: 256, maxComputeWorkgroupSizeX: 256 } } as GPUDevice

/**
 * The WGSL that a device compiles for an activation, indented: one program, and where biases have gradients the one that adds up
 * their partial sums.
 *
 * @throws InputError where the activation has no such program
 */
export function composedFor(
  activation: AnyActivation,
  direction: 'forward' | 'backward',
  { format = 'f32', access = 'vectors', ...parts }: ProgramChoice = {},
  device = USUAL,
): string {
  checkFormat(activation, format)
  const all = { ...PLAIN, ...parts }
  const operation = operationOf(activation, direction, variantFor(activation, direction, all))
  const layout = layoutsOf(operation).find(each => each.access === access)!
  const programs: ProgramSource[] = [{ activation, operation, format, ...layout }]
  if (operation.reduced.length > 0) {
    const sum = addColumnsOperation(operation.accumulates)
    programs.push({
      activation: undefined,
      operation: sum,
      format,
      ...layoutsOf(sum).find(each => each.access === 'words')!,
    })
  }
  return programs.map(program => `// ${programKey(program).trim()}\n${spaced(compose(program, device))}`).join('\n')
}

/** Indents a module, with an empty line around each declaration of several lines. */
function spaced(code: string): string {
  const texts = [...declarationsOf(code).values()].map(indented)
  const isLong = (text: string | undefined): boolean => text?.trimEnd().includes('\n') ?? false
  return texts.map((text, i) => (isLong(text) || isLong(texts[i - 1]) ? `\n${text}` : text)).join('')
}
