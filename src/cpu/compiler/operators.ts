import { CompileError } from './errors.ts'
import { bitsOf } from './folding.ts'
import { EXTRACT, type Graph } from './graph.ts'
import { constantOf, type Node } from './node.ts'
import type { Kind, Literal, Numeric, Shape, Value } from './values.ts'

type Concrete = Numeric['kind']

const LITERALS: Readonly<Record<string, { readonly kind: Kind; readonly isFloat: boolean }>> = {
  f32: { kind: 'f32', isFloat: true },
  u32: { kind: 'u32', isFloat: false },
  i32: { kind: 'i32', isFloat: false },
  bool: { kind: 'bool', isFloat: false },
  x32: { kind: 'number', isFloat: false },
}

const ARITHMETIC: Readonly<Record<string, string>> = { '+': 'add', '-': 'sub', '*': 'mul', '/': 'div' }
const LOGIC: Readonly<Record<string, string>> = { '&': 'and', '|': 'or', '^': 'xor', '&&': 'and', '||': 'or' }
const COMPARISON: Readonly<Record<string, string>> = {
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '>': 'gt',
  '<=': 'le',
  '>=': 'ge',
}

const ON_LITERALS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
}

/**
 * The operators of WGSL on nodes. A literal takes the type of the other operand, and a scalar is splat to the lanes of
 * a vector.
 */
export class Operators {
  readonly graph: Graph

  constructor(graph: Graph) {
    this.graph = graph
  }

  literal(type: string, value: number): Value {
    const { kind, isFloat } = LITERALS[type] ?? {}
    if (kind === undefined) throw new CompileError(`the compiler knows no literals of ${type}`)
    const literal: Literal = { kind: 'number', isFloat: isFloat!, value }
    return kind === 'number' ? literal : this.#numeric(kind, literal)
  }

  /** Converts a literal to its default type. */
  concrete(value: Value): Value {
    return value.kind === 'number' ? this.#numeric(value.isFloat ? 'f32' : 'i32', value) : value
  }

  /** Converts a literal to a type. Other values have that type already. */
  convertedTo(shape: Shape | undefined, value: Value): Value {
    return value.kind === 'number' && shape?.kind !== undefined ? this.#numeric(shape.kind, value) : value
  }

  like(model: Value, value: Value): Value {
    if (value.kind !== 'number' || model.kind === 'struct' || model.kind === 'number') return value
    return this.#numeric(model.kind, value)
  }

  /** Returns the value of a constant flag; undefined for other values. */
  known(value: Value): boolean | undefined {
    if (value.kind !== 'bool' || value.width !== 1) return undefined
    const bits = constantOf(value.node)
    return bits === undefined ? undefined : bits !== 0
  }

  /** Selects one of two values by a flag. */
  choice(flag: Numeric, yes: Value, no: Value): Value {
    if (yes.kind === 'struct' || no.kind === 'struct')
      throw new CompileError('the compiler chooses no structs', { hint: 'choose their members' })
    const [a, b] = this.#unified(yes, no)
    const width = Math.max(a.width, flag.width) as 1 | 2 | 4
    if (width === 1) return { ...a, node: this.graph.selectScalar(flag.node, a.node, b.node) }
    const mask = flag.width === 1 ? this.graph.maskOf(flag.node) : flag.node
    return { ...a, width, node: this.graph.select(mask, this.#spread(a), this.#spread(b)) }
  }

  unary(operator: string, value: Value): Value {
    const { graph } = this
    if (value.kind === 'number' && operator === '-') return { ...value, value: -value.value }
    const operand = this.numeric(value)
    const { kind, width, node } = operand
    const isVector = width > 1
    if (operator === '-' && kind === 'f32') {
      if (isVector) return { ...operand, node: graph.make('v128.xor', [node, graph.splatOf(0x80000000)]) }
      const bits = graph.make('i32.xor', [graph.reinterpret('i32', node), graph.constant('i32', 0x80000000)])
      return { ...operand, node: graph.reinterpret('f32', bits) }
    }
    if (operator === '-') {
      const zero = graph.constant('i32', 0)
      const negated = isVector
        ? graph.make('i32x4.sub', [graph.splat(zero), node])
        : graph.make('i32.sub', [zero, node])
      return { ...operand, node: negated }
    }
    if (operator === '!' || operator === '~') {
      if (isVector) return { ...operand, node: graph.make('v128.not', [node]) }
      const bits = graph.constant('i32', operator === '!' ? 1 : 0xffffffff)
      return { ...operand, node: graph.make('i32.xor', [node, bits]) }
    }
    throw new CompileError(`the compiler knows no unary ${operator}`)
  }

  binary(operator: string, left: Value, right: Value): Value {
    if (left.kind === 'number' && right.kind === 'number') {
      const compute = ON_LITERALS[operator]
      if (compute === undefined) throw new CompileError(`the compiler knows no ${operator} of literals`)
      return { kind: 'number', isFloat: left.isFloat || right.isFloat, value: compute(left.value, right.value) }
    }
    if (operator === '<<' || operator === '>>') return this.#shift(operator, this.numeric(left), right)
    const [a, b] = this.#unified(left, right)
    const width = Math.max(a.width, b.width) as 1 | 2 | 4
    const kind = COMPARISON[operator] === undefined ? a.kind : 'bool'
    const operands = width === 1 ? [a.node, b.node] : [this.#spread(a), this.#spread(b)]
    return { kind, width, node: this.graph.make(instruction(operator, a.kind, width), operands) }
  }

  bitcast(shape: Shape | undefined, value: Value): Value {
    const { width, node } = this.numeric(value)
    const kind = shape!.kind!
    return { kind, width, node: width === 1 ? this.graph.reinterpret(kind === 'f32' ? 'f32' : 'i32', node) : node }
  }

  /** `Float(…)` and other constructors: a conversion, a splat, or a vector of lanes. */
  create(shape: Shape | undefined, args: readonly Value[]): Value {
    const width = shape!.width
    const kind = shape!.kind ?? this.numeric(args[0]!).kind
    const [first] = args as [Value]
    if (args.length > 1) return { kind, width, node: this.graph.lanes(args.map(arg => this.#numeric(kind, arg).node)) }
    if (first.kind === 'number') return { kind, width, node: this.#spread(this.#numeric(kind, first), width) }
    const value = this.numeric(first)
    if (value.kind === kind) return { kind, width, node: this.#spread(value, width) }
    if (kind === 'f32' && width > 1 && value.kind !== 'bool') {
      const sign = value.kind === 'u32' ? 'u' : 's'
      return { kind, width, node: this.graph.make(`f32x4.convert_i32x4_${sign}`, [this.#spread(value)]) }
    }
    if (value.kind !== 'bool' && kind !== 'f32' && value.kind !== 'f32') return { ...value, kind }
    throw new CompileError(`the compiler does not convert ${value.kind} to ${kind}`)
  }

  /** Returns a member of a struct, or components of a vector. */
  member(value: Value, name: string): Value {
    if (value.kind === 'struct') {
      const found = value.members[name]
      if (found !== undefined) return found
      throw new CompileError(`the struct has no member ${name}`, {
        hint: `it has ${Object.keys(value.members).join(', ')}`,
      })
    }
    const { kind, node } = this.numeric(value)
    const lanes = Array.from(name, letter => 'xyzw'.indexOf(letter))
    if (lanes.includes(-1) || lanes.length === 3) {
      throw new CompileError(`the compiler knows no component ${name}`, {
        hint: 'it knows one, two or four of x, y, z and w',
      })
    }
    if (lanes.length === 1) {
      const bits = this.graph.make(EXTRACT, [node], [lanes[0]!])
      return { kind, width: 1, node: kind === 'f32' ? this.graph.reinterpret('f32', bits) : bits }
    }
    return {
      kind,
      width: lanes.length as 2 | 4,
      node: this.graph.shuffle(node, node, [...lanes, ...lanes].slice(0, 4)),
    }
  }

  numeric(value: Value): Numeric {
    const concrete = this.concrete(value)
    if (concrete.kind === 'struct' || concrete.kind === 'number') {
      throw new CompileError('the compiler computes with no structs', { hint: 'compute with their members' })
    }
    return concrete
  }

  /** Converts literals so that both operands have one kind. */
  #unified(left: Value, right: Value): [Numeric, Numeric] {
    const a = this.numeric(left.kind === 'number' ? this.like(right, left) : left)
    const b = this.numeric(right.kind === 'number' ? this.like(left, right) : right)
    if (a.kind !== b.kind) throw new CompileError(`one operand is ${a.kind}, and the other is ${b.kind}`)
    return [a, b]
  }

  #numeric(kind: Concrete, value: Value): Numeric {
    if (value.kind !== 'number') return this.numeric(value)
    return kind === 'f32'
      ? { kind, width: 1, node: this.graph.constant('f32', bitsOf(value.value)) }
      : { kind, width: 1, node: this.graph.constant('i32', value.value) }
  }

  /** Splats a scalar to the lanes of a vector. */
  #spread({ kind, width, node }: Numeric, wanted = 4): Node {
    if (width > 1 || wanted === 1) return node
    return kind === 'bool' ? this.graph.maskOf(node) : this.graph.splat(node)
  }

  #shift(operator: string, value: Numeric, by: Value): Value {
    const { graph } = this
    const name = operator === '<<' ? 'shl' : value.kind === 'i32' ? 'shr_s' : 'shr_u'
    const amount = this.#numeric('u32', by)
    if (value.width === 1) return { ...value, node: graph.make(`i32.${name}`, [value.node, amount.node]) }
    const { node } = amount
    if (amount.width === 1) return { ...value, node: graph.make(`i32x4.${name}`, [value.node, node]) }
    if (node.op === 'splat')
      return { ...value, node: graph.make(`i32x4.${name}`, [value.node, graph.reinterpret('i32', node.args[0]!)]) }
    return { ...value, node: this.laneByLane([value.node, node], lane => graph.make(`i32.${name}`, lane)) }
  }

  /** Computes each lane by scalar instructions, where no vector instruction exists. */
  laneByLane(vectors: readonly Node[], compute: (lane: Node[]) => Node): Node {
    const lanes = [0, 1, 2, 3].map(i => compute(vectors.map(vector => this.graph.make(EXTRACT, [vector], [i]))))
    return this.graph.lanes(lanes)
  }
}

function instruction(operator: string, kind: Concrete, width: number): string {
  const isFloat = kind === 'f32'
  const shape = width === 1 ? (isFloat ? 'f32' : 'i32') : isFloat ? 'f32x4' : 'i32x4'
  const arithmetic = ARITHMETIC[operator]
  if (arithmetic !== undefined && kind !== 'bool' && (isFloat || operator !== '/')) return `${shape}.${arithmetic}`
  const logic = LOGIC[operator]
  if (logic !== undefined && !isFloat) return width === 1 ? `i32.${logic}` : `v128.${logic}`
  const comparison = COMPARISON[operator]
  if (comparison === undefined) throw new CompileError(`the compiler knows no ${operator} of ${kind}`)
  const isEqual = operator === '==' || operator === '!='
  return `${shape}.${comparison}${isFloat || isEqual ? '' : kind === 'i32' ? '_s' : '_u'}`
}
