import binaryen from 'binaryen'
import { CompileError } from './errors.ts'
import { isImmediate, type Kernel, type Loop, operandsOf, type Store, uniformsOf } from './kernel.ts'
import { Locals, TYPES } from './locals.ts'
import { constantOf, type Node } from './node.ts'

const PARAMETERS = 4
const { i32 } = binaryen

/** Adds a kernel to a module and exports it: (vectors, addresses…, parameters…) -> (). */
export function addKernel(module: binaryen.Module, kernel: Kernel, places: ReadonlyMap<number, number>): void {
  new Emitter(module, kernel, places).add()
}

interface Kept {
  readonly local: number
  readonly set: binaryen.ExpressionRef
}

class Emitter {
  readonly #module: binaryen.Module
  readonly #kernel: Kernel
  /** The fixed locals of common constants, which make the code of kernels similar, so that it compresses well. */
  readonly #places: ReadonlyMap<number, number>
  readonly #locals: Locals
  /** The locals of computed nodes. */
  #known = new Map<Node, number>()
  /** The number of remaining uses of each node. */
  #uses = new Map<Node, number>()

  constructor(module: binaryen.Module, kernel: Kernel, places: ReadonlyMap<number, number>) {
    this.#module = module
    this.#kernel = kernel
    this.#places = places
    this.#locals = new Locals(1 + kernel.strides.length + PARAMETERS, places.size)
  }

  add(): void {
    const { name, parameters, strides, loops } = this.#kernel
    const module = this.#module
    const params = [i32, ...strides.map(() => i32), ...Array<binaryen.Type>(PARAMETERS).fill(TYPES[parameters])]
    const uniforms = [...new Set(loops.flatMap(uniformsOf))]
    this.#count(uniforms)
    const body = [...uniforms.map(node => this.#hoisted(node)), ...loops.flatMap(loop => this.#loop(loop))]
    module.addFunction(name, binaryen.createType(params), binaryen.none, this.#locals.types, module.block(null, body))
    module.addFunctionExport(name, name)
  }

  // Computes a uniform node before the loop, because not all engines hoist it.
  #hoisted(node: Node): binaryen.ExpressionRef {
    const bits = constantOf(node)
    const place = bits === undefined ? undefined : this.#places.get(bits)
    const local = place === undefined ? this.#locals.take(node) : this.#locals.fixed(place)
    const set = this.#module.local.set(local, this.#compute(node))
    this.#known.set(node, local)
    return set
  }

  // Parameter 0, the number of vectors, becomes the end address of the first tensor.
  #loop(loop: Loop): binaryen.ExpressionRef[] {
    const module = this.#module
    const { strides, loops } = this.#kernel
    const step = loop.vectors
    const label = `loop of ${step}`
    const [vectors, first] = [module.local.get(0, i32), module.local.get(1, i32)]
    const isLast = loop === loops.at(-1)
    const rest = this.#locals.scalar('i32')
    const atOnce = isLast ? vectors : module.i32.and(module.local.tee(rest, vectors, i32), module.i32.const(-step))
    const end = module.i32.add(first, module.i32.mul(atOnce, module.i32.const(strides[0]!)))
    const isLeft = (): binaryen.ExpressionRef => module.i32.ne(module.local.get(1, i32), module.local.get(0, i32))
    const advance = strides.map((stride, tensor) => {
      const next = module.i32.add(module.local.get(1 + tensor, i32), module.i32.const(stride * step))
      return module.local.set(1 + tensor, next)
    })
    const outer = new Map(this.#known)
    const body = module.block(null, [...this.#body(loop), ...advance, module.br(label, isLeft())])
    this.#known = outer
    const left = module.i32.and(module.local.get(rest, i32), module.i32.const(step - 1))
    this.#locals.giveBack(rest)
    return [
      module.local.set(0, end),
      module.if(isLeft(), module.loop(label, body)),
      ...(isLast ? [] : [module.local.set(0, left)]),
    ]
  }

  #body({ stores, careful }: Loop): binaryen.ExpressionRef[] {
    const roots = stores.map(({ value }) => value)
    if (careful !== undefined) roots.push(careful.anyNeedsExact, ...careful.stores.map(({ value }) => value))
    this.#count(roots)
    if (stores.length === 1 && careful === undefined) return [this.#store(stores[0]!, this.#value(stores[0]!.value))]
    // All loads come before all stores, because a result may be in place of an operand.
    const shared = careful === undefined ? this.#inLockstep(stores) : []
    const results = stores.map(({ value }) => this.#kept(value, this.#value(value)))
    const again = careful === undefined ? [] : [this.#again(careful, results)]
    const kept = stores.map((store, i) => {
      const { type } = store.value
      const { local } = results[i]!
      this.#locals.giveBack(local)
      return this.#store(store, this.#module.local.get(local, TYPES[type]))
    })
    return [...shared, ...results.map(({ set }) => set), ...again, ...kept]
  }

  // Computes the shared nodes of several vectors in lockstep, so that a processor can overlap equal steps of different
  // vectors. Some engines keep this order.
  #inLockstep(stores: readonly Store[]): binaryen.ExpressionRef[] {
    const steps = stores.map(({ value }) => operandsOf(value).filter(node => this.#uses.get(node)! > 1))
    const longest = Math.max(...steps.map(({ length }) => length))
    const inOrder = Array.from({ length: longest }, (_, i) => steps.flatMap(nodes => nodes[i] ?? []))
    return [...new Set(inOrder.flat())].map(node => {
      const { local, set } = this.#kept(node, this.#compute(node))
      this.#known.set(node, local)
      return set
    })
  }

  /** Overwrites the results by those of the careful computation where the flag is set. */
  #again({ anyNeedsExact, stores }: NonNullable<Loop['careful']>, results: readonly Kept[]): binaryen.ExpressionRef {
    const flag = this.#value(anyNeedsExact)
    const outer = new Map(this.#known)
    const better = stores.map(({ value }, i) => this.#module.local.set(results[i]!.local, this.#value(value)))
    this.#known = outer
    return this.#module.if(flag, this.#module.block(null, better))
  }

  /** Puts a value into a local. */
  #kept(node: Node, value: binaryen.ExpressionRef): Kept {
    const local = this.#locals.take(node)
    return { local, set: this.#module.local.set(local, value) }
  }

  #store({ op, tensor, offset }: Store, value: binaryen.ExpressionRef): binaryen.ExpressionRef {
    const address = this.#module.local.get(1 + tensor, i32)
    if (op === 'v128.store64_lane') return this.#module.v128.store64_lane(offset, 8, 0, address, value)
    return this.#instruction(op)(offset, op === 'i32.store8' ? 1 : 16, address, value)
  }

  #count(roots: readonly Node[]): void {
    this.#uses = new Map()
    const visit = (node: Node): void => {
      const uses = this.#uses.get(node) ?? 0
      this.#uses.set(node, uses + 1)
      if (uses === 0) node.args.forEach(visit)
    }
    roots.forEach(visit)
  }

  /** Returns the value of a node. A node with several uses stays in a local until its last use. */
  #value(node: Node): binaryen.ExpressionRef {
    const known = this.#known.get(node)
    const uses = this.#uses.get(node)! - 1
    this.#uses.set(node, uses)
    if (known !== undefined) {
      if (uses === 0 && !node.isUniform) this.#locals.giveBack(known)
      return this.#module.local.get(known, TYPES[node.type])
    }
    const value = this.#compute(node)
    if (uses === 0 || isImmediate(node)) return value
    const local = this.#locals.take(node)
    this.#known.set(node, local)
    return this.#module.local.tee(local, value, TYPES[node.type])
  }

  #compute({ op, type, args, immediate }: Node): binaryen.ExpressionRef {
    const module = this.#module
    const [first, second] = immediate as [number, number]
    if (op === 'parameter') return module.local.get(1 + this.#kernel.strides.length + first, TYPES[type])
    if (op === 'i32.const') return module.i32.const(first | 0)
    if (op === 'f32.const') return module.f32.reinterpret(module.i32.const(first | 0))
    if (op === 'v128.const') return module.v128.const([...new Uint8Array(new Uint32Array(immediate).buffer)])
    if (op.includes('load')) {
      return this.#instruction(op)(second, op.includes('load8') ? 1 : 8, module.local.get(1 + first, i32))
    }
    const values = args.map(arg => this.#value(arg))
    const [a, b] = values as [binaryen.ExpressionRef, binaryen.ExpressionRef]
    if (op === 'splat') return args[0]!.type === 'f32' ? module.f32x4.splat(a) : module.i32x4.splat(a)
    if (op === 'select') return module.select(a, b, values[2]!)
    if (op === 'i32x4.replace_lane') return module.i32x4.replace_lane(a, first, b)
    if (op === 'i32.reinterpret_f32') return module.i32.reinterpret(a)
    if (op === 'f32.reinterpret_i32') return module.f32.reinterpret(a)
    if (op === 'i8x16.shuffle') {
      const bytes = immediate.flatMap(lane => [0, 1, 2, 3].map(byte => 4 * lane + byte))
      return module.i8x16.shuffle(a, b, bytes)
    }
    return this.#instruction(op)(...values, ...immediate)
  }

  #instruction(op: string): (...args: number[]) => binaryen.ExpressionRef {
    const [shape, name] = op.split('.') as [string, string]
    const instructions = this.#module as unknown as Record<string, Record<string, (...args: number[]) => number>>
    const instruction = instructions[shape]?.[name]
    if (instruction === undefined) throw new CompileError(`binaryen has no instruction ${op}`)
    return instruction
  }
}
