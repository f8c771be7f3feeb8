import type { Report } from '../../src/index.ts'
import { formatWhole } from '../support/format.ts'

// Types only: the command line imports this module too, and cannot load WGSL.

/** The library's choice of processors, from its report. */
export interface Choice {
  readonly cpu: Report['cpu']
  /** The choice of `processor: 'auto'`; absent without a GPU. */
  readonly auto?: Pick<Report, 'processor' | 'reason' | 'crossover'>
}

/** The same in a few sentences. */
export function describeChoice({ cpu, auto }: Choice): string {
  const others = cpu.inJavaScript.length === 0 ? '' : `, but ${cpu.inJavaScript.join(' and ')} in JavaScript`
  const onCpu =
    cpu.path === 'wasm' ? `The CPU computes in WebAssembly${others}.` : `The CPU computes in JavaScript: ${cpu.reason}`
  if (auto === undefined) return onCpu
  const { processor, reason, crossover } = auto
  if (processor === 'cpu' || crossover === null) return `Left the choice, the library takes the CPU: ${reason} ${onCpu}`
  const lengths = Object.entries(crossover.elements).map(([kernel, elements]) =>
    Number.isFinite(elements) ? `${kernel} from ${formatWhole(elements)} elements on` : `${kernel} never`,
  )
  const how = crossover.measured ? 'as measured here' : 'which is assumed, not measured'
  return `Left the choice, the library takes WebGPU for ${lengths.join(', ')}, ${how}. ${onCpu}`
}
