import { WGSL_BUILTINS } from '../../support/wgsl-builtins.ts'
import { CompileError } from './errors.ts'
import type { Node } from './node.ts'
import type { Operators } from './operators.ts'
import type { Numeric, Value } from './values.ts'

type Builtin = (operators: Operators, args: readonly Value[]) => Value

/** Calls a WGSL builtin. @throws CompileError when the compiler does not know the function */
export function callBuiltin(operators: Operators, name: string, args: readonly Value[]): Value {
  const known = WGSL_BUILTINS.find(one => one === name)
  if (known === undefined) {
    const hint = `it knows ${WGSL_BUILTINS.toSorted().join(', ')}; a builtin of WGSL needs its name in src/support/wgsl-builtins.ts and its instruction in src/cpu/compiler/builtins.ts`
    throw new CompileError(`the compiler knows no function ${name}`, { hint })
  }
  return BUILTINS[known](operators, args)
}

const BUILTINS: Readonly<Record<(typeof WGSL_BUILTINS)[number], Builtin>> = {
  select: (operators, [no, yes, flag]) => operators.choice(operators.numeric(flag!), yes!, no!),
  any: onVector('v128.any_true', 'bool'),
  round: onVector('f32x4.nearest', 'f32'),
  sqrt: onVector('f32x4.sqrt', 'f32'),
  countLeadingZeros: (operators, [value]) => {
    const vector = operators.numeric(value!)
    return { ...vector, node: operators.laneByLane([vector.node], lane => operators.graph.make('i32.clz', lane)) }
  },
  abs: (operators, [value]) => {
    const vector = operators.numeric(value!)
    const { graph } = operators
    return { ...vector, node: graph.make('v128.and', [vector.node, graph.splatOf(0x7fffffff)]) }
  },
  min: bound('min'),
  max: bound('max'),
}

function onVector(op: string, kind: Numeric['kind']): Builtin {
  return (operators, [value]) => {
    const { node, width } = operators.numeric(value!)
    return { kind, width: kind === 'bool' ? 1 : width, node: operators.graph.make(op, [node]) }
  }
}

// pmin and pmax are single instructions on processors. Their result for NaN is one of those that WGSL allows.
function bound(name: 'min' | 'max'): Builtin {
  return (operators, [a, b]) => {
    const [first, second] = [operators.numeric(a!), operators.numeric(b!)]
    const op = { f32: `f32x4.p${name}`, i32: `i32x4.${name}_s`, u32: `i32x4.${name}_u`, bool: '' }[first.kind]
    const nodes: Node[] = [first.node, second.node]
    return { ...first, node: operators.graph.make(op, nodes) }
  }
}
