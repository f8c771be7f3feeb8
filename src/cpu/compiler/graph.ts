import { fold } from './folding.ts'
import { constantOf, type Node, type Type } from './node.ts'

// The computation of a kernel as a graph of WebAssembly instructions. Equal nodes are one node, which eliminates common
// subexpressions across the functions of a shader.

/** The bits of a set lane of a mask. */
export const ALL = 0xffffffff

// The scalar instruction for each vector instruction.
const SCALAR_TWINS: Readonly<Record<string, string>> = {
  'f32x4.add': 'f32.add',
  'f32x4.sub': 'f32.sub',
  'f32x4.mul': 'f32.mul',
  'f32x4.div': 'f32.div',
  'i32x4.add': 'i32.add',
  'i32x4.sub': 'i32.sub',
  'i32x4.mul': 'i32.mul',
  'i32x4.shl': 'i32.shl',
  'i32x4.shr_u': 'i32.shr_u',
  'i32x4.shr_s': 'i32.shr_s',
  'v128.and': 'i32.and',
  'v128.or': 'i32.or',
  'v128.xor': 'i32.xor',
}
const VECTOR_TWINS = Object.fromEntries(Object.entries(SCALAR_TWINS).map(([vector, scalar]) => [scalar, vector]))

const COMMUTATIVE = new Set(['add', 'mul', 'and', 'or', 'xor', 'eq', 'ne'])

export class Graph {
  readonly #nodes = new Map<string, Node>()

  /** A constant, by its bits. */
  constant(type: 'i32' | 'f32', bits: number): Node {
    return this.#node(`${type}.const`, type, [], [bits >>> 0])
  }

  /** Four constants, by their bits. */
  constants(bits: readonly number[]): Node {
    return bits.every(lane => lane >>> 0 === bits[0]! >>> 0)
      ? this.splatOf(bits[0]!)
      : this.#node(
          'v128.const',
          'v128',
          [],
          bits.map(lane => lane >>> 0),
        )
  }

  splatOf(bits: number): Node {
    return this.#node('splat', 'v128', [this.constant('i32', bits)])
  }

  parameter(type: 'i32' | 'f32', index: number): Node {
    return this.#node('parameter', type, [], [index])
  }

  /** A load at an offset from a tensor's current address, in bytes. @param op `'v128.load'` or another load */
  load(op: string, tensor: number, offset: number): Node {
    return this.#node(op, 'v128', [], [tensor, offset], false)
  }

  /** A scalar in all four lanes. Splats of equal bits are one node, whatever the type of the scalar. */
  splat(scalar: Node): Node {
    if (scalar.op === 'f32.const') return this.splatOf(scalar.immediate[0]!)
    return scalar.op.includes('reinterpret') ? this.splat(scalar.args[0]!) : this.#node('splat', 'v128', [scalar])
  }

  /** The bits of a scalar as another type. */
  reinterpret(type: 'i32' | 'f32', scalar: Node): Node {
    if (scalar.type === type) return scalar
    if (constantOf(scalar) !== undefined) return this.constant(type, scalar.immediate[0]!)
    if (scalar.op.includes('reinterpret')) return scalar.args[0]!
    return this.#node(type === 'i32' ? 'i32.reinterpret_f32' : 'f32.reinterpret_i32', type, [scalar])
  }

  /** A mask of all lanes or of none. @param flag 0 or 1 */
  maskOf(flag: Node): Node {
    return this.splat(this.make('i32.sub', [this.constant('i32', 0), flag]))
  }

  select(mask: Node, yes: Node, no: Node): Node {
    const always = constantOf(mask)
    if (yes === no || always === ALL) return yes
    if (always === 0) return no
    if (mask.op === 'v128.not') return this.select(mask.args[0]!, no, yes)
    if (constantOf(no) === 0) return this.make('v128.and', [yes, mask])
    if (constantOf(yes) === 0) return this.make('v128.andnot', [no, mask])
    // Nested selects under a uniform mask become one select.
    if (mask.isUniform && yes.op === 'v128.bitselect' && yes.args[1] === no) {
      return this.select(this.make('v128.and', [yes.args[2]!, mask]), yes.args[0]!, no)
    }
    return this.make('v128.bitselect', [yes, no, mask])
  }

  /** @param flag 0 or 1 */
  selectScalar(flag: Node, yes: Node, no: Node): Node {
    const known = constantOf(flag)
    if (known !== undefined) return known === 0 ? no : yes
    return yes === no ? yes : this.#node('select', yes.type, [flag, yes, no])
  }

  /** A vector of these scalars. */
  lanes(scalars: readonly Node[]): Node {
    const [first] = scalars as [Node]
    if (scalars.every(scalar => scalar === first)) return this.splat(first)
    const bits = scalars.map(constantOf)
    if (bits.every(lane => lane !== undefined)) return this.constants(bits)
    const sources = [...new Set(scalars.map(({ op, args }) => (op === EXTRACT ? args[0]! : undefined)))]
    if (sources.length <= 2 && !sources.includes(undefined)) {
      const [a, b] = [sources[0]!, sources[1] ?? sources[0]!]
      const from = scalars.map(({ args, immediate }) => immediate[0]! + (args[0] === a ? 0 : 4))
      return this.shuffle(a, b, from)
    }
    return scalars
      .map(scalar => this.reinterpret('i32', scalar))
      .reduce((vector, scalar, i) => (i === 0 ? this.splat(scalar) : this.make(REPLACE, [vector, scalar], [i])), first)
  }

  /** Lanes of two vectors: 0 to 3 are those of the first, 4 to 7 those of the second. */
  shuffle(a: Node, b: Node, lanes: readonly number[]): Node {
    return this.#node('i8x16.shuffle', 'v128', [a, b], lanes)
  }

  /** Any other instruction. */
  make(op: string, args: readonly Node[], immediate: readonly number[] = []): Node {
    const [shape, name] = op.split('.') as [string, string]
    const [a, b] = args as [Node, Node]
    if (COMMUTATIVE.has(name) && a.isUniform && !b.isUniform) return this.make(op, [b, a])
    const type = typeOf(op)
    if (type !== 'v128') {
      const folded = fold(op, args.map(constantOf))
      if (folded !== undefined) return this.constant(type, folded)
    }
    return (
      this.#lanewise(op, args) ?? this.#simpler(op, a, b) ?? this.#node(op, typeOf(`${shape}.${name}`), args, immediate)
    )
  }

  // An instruction on splats becomes a scalar instruction. An instruction on one extracted lane becomes one on the
  // vector, because the same instruction on the other lanes then shares it.
  #lanewise(op: string, args: readonly Node[]): Node | undefined {
    const scalar = SCALAR_TWINS[op]
    if (scalar !== undefined && args.every(arg => arg.op === 'splat' || arg.type !== 'v128')) {
      const type = scalar.startsWith('f32') ? 'f32' : 'i32'
      return this.splat(
        this.make(
          scalar,
          args.map(arg => this.reinterpret(type, arg.op === 'splat' ? arg.args[0]! : arg)),
        ),
      )
    }
    const vector = VECTOR_TWINS[op]
    const [a, b] = args as [Node, Node]
    if (vector !== undefined && a.op === EXTRACT && b.isUniform) {
      const other = vector.includes('sh') ? b : this.splat(b)
      return this.make(EXTRACT, [this.make(vector, [a.args[0]!, other])], a.immediate)
    }
    return undefined
  }

  #simpler(op: string, a: Node, b: Node): Node | undefined {
    const bits = b === undefined ? undefined : constantOf(b)
    switch (op) {
      case 'v128.not':
        return a.op === op ? a.args[0] : undefined
      case 'v128.and':
        if (a === b || bits === ALL) return a
        if (bits === 0) return b
        if (b.op === 'v128.not') return this.make('v128.andnot', [a, b.args[0]!])
        return a.op === 'v128.not' ? this.make('v128.andnot', [b, a.args[0]!]) : undefined
      case 'v128.or':
      case 'i32.or':
        if (a === b || bits === 0) return a
        if (a.op === 'v128.any_true' && b.op === a.op)
          return this.make(a.op, [this.make('v128.or', [a.args[0]!, b.args[0]!])])
        return op === 'v128.or' && bits === ALL ? b : undefined
      case 'v128.xor':
      case 'i32x4.sub':
      case 'i32x4.add':
      case 'i32x4.shl':
      case 'i32x4.shr_u':
      case 'i32x4.shr_s':
        return bits === 0 ? a : undefined
      // le_u takes one instruction less than lt_u on processors that compare only signed numbers.
      case 'i32x4.lt_u':
        return bits !== undefined && bits > 0 ? this.make('i32x4.le_u', [a, this.splatOf(bits - 1)]) : undefined
      case 'i32x4.gt_u':
        return bits !== undefined && bits < ALL ? this.make('i32x4.ge_u', [a, this.splatOf(bits + 1)]) : undefined
      // eq takes one instruction less than ne.
      case 'i32x4.ne':
        return bits === 0 && isOneBitOfEach(a)
          ? this.make('i32x4.eq', [a, a.args[1]!])
          : this.make('v128.not', [this.make('i32x4.eq', [a, b])])
      case 'v128.any_true':
        return constantOf(a) === 0 ? this.constant('i32', 0) : undefined
      default:
        return undefined
    }
  }

  #node(
    op: string,
    type: Type,
    args: readonly Node[],
    immediate: readonly number[] = [],
    isUniform = args.every(arg => arg.isUniform),
  ): Node {
    const key = `${op} ${args.map(({ id }) => id).join()} ${immediate.join()}`
    let node = this.#nodes.get(key)
    if (node === undefined) {
      node = { id: this.#nodes.size, op, type, args, immediate, isUniform }
      this.#nodes.set(key, node)
    }
    return node
  }
}

export const EXTRACT = 'i32x4.extract_lane'
const REPLACE = 'i32x4.replace_lane'

function typeOf(op: string): Type {
  if (op === EXTRACT || op === 'v128.any_true' || op.endsWith('.bitmask') || op.startsWith('i32.')) return 'i32'
  if (!op.startsWith('f32.')) return 'v128'
  return /\.(eq|ne|lt|gt|le|ge)$/.test(op) ? 'i32' : 'f32'
}

function isOneBitOfEach({ op, args }: Node): boolean {
  const bits = args[1]?.immediate ?? []
  return (
    op === 'v128.and' && args[1]!.op === 'v128.const' && bits.every(lane => lane !== 0 && (lane & (lane - 1)) === 0)
  )
}
