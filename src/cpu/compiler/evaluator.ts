import * as Wgsl from 'wgsl_reflect/wgsl_reflect.module.js'
import { callBuiltin } from './builtins.ts'
import { CompileError, withDetails } from './errors.ts'
import type { Graph } from './graph.ts'
import { Operators } from './operators.ts'
import type { Shader } from './syntax.ts'
import type { Numeric, Shape, Value } from './values.ts'

/** A function that the host of a shader provides. */
export type HostFunction = (args: readonly Value[]) => Value | undefined

type Scope = Map<string, Value>

/**
 * Evaluates the functions of a shader symbolically, with nodes of a graph as values. Calls are inlined. An `if` with a
 * constant condition takes one branch; any other `if` evaluates both and selects.
 */
export class Evaluator {
  readonly #shader: Shader
  readonly #host: Readonly<Record<string, HostFunction>>
  readonly #operators: Operators
  /** Variables at module scope. */
  readonly globals: Scope = new Map()
  readonly #constants = new Map<string, Value>()

  constructor(shader: Shader, graph: Graph, host: Readonly<Record<string, HostFunction>>) {
    this.#shader = shader
    this.#host = host
    this.#operators = new Operators(graph)
  }

  /** Calls a function. @throws CompileError when the function or a construct in it is unknown */
  call(name: string, args: readonly Value[]): Value | undefined {
    const host = this.#host[name]
    if (host !== undefined) return host(args)
    const called = this.#shader.functions.get(name)
    if (called === undefined) return callBuiltin(this.#operators, name, args)
    if (called.args.length !== args.length) {
      throw new CompileError(`${name} takes ${called.args.length} arguments, and is given ${args.length}`)
    }
    const scope: Scope = new Map(
      called.args.map((arg, i) => [arg.name, this.#operators.convertedTo(typeOf(arg.type), args[i]!)]),
    )
    const result = this.#run(called.body, scope)
    return result === undefined || called.returnType === null
      ? result
      : this.#operators.convertedTo(typeOf(called.returnType), result)
  }

  /** Adds the line of a node to errors that have no line yet. */
  #at<Result>(node: Wgsl.Node, run: () => Result): Result {
    try {
      return run()
    } catch (error) {
      throw withDetails(error, { place: this.#shader.placeOf(node.line) })
    }
  }

  /** Runs statements until one returns. Returns its value, or undefined. */
  #run(statements: readonly Wgsl.Statement[], scope: Scope): Value | undefined {
    for (const statement of statements) {
      const returned = this.#at(statement, () => this.#statement(statement, scope))
      if (returned !== undefined) return returned
    }
    return undefined
  }

  #statement(statement: Wgsl.Statement, scope: Scope): Value | undefined {
    if (statement instanceof Wgsl.Return) return this.#evaluate(statement.value, scope)
    if (statement instanceof Wgsl.If) return this.#choose(statement, scope)
    if (statement instanceof Wgsl.Let || statement instanceof Wgsl.Var || statement instanceof Wgsl.Const) {
      scope.set(statement.name, this.#declared(statement, scope))
    } else if (statement instanceof Wgsl.Assign) this.#assign(statement, scope)
    else if (statement instanceof Wgsl.Call) this.call(statement.name, this.#all(statement.args, scope))
    else {
      const hint = 'it knows let, var, const, assignments, calls, return, and if with else'
      throw new CompileError(`the compiler knows no ${statement.astNodeType}`, { hint })
    }
    return undefined
  }

  #declared({ name, type, value }: Wgsl.Let | Wgsl.Var | Wgsl.Const, scope: Scope): Value {
    if (value === null) throw new CompileError(`${name} has no value`, { hint: 'give it one where it is declared' })
    const evaluated = this.#evaluate(value, scope)
    return type === null ? this.#operators.concrete(evaluated) : this.#operators.convertedTo(typeOf(type), evaluated)
  }

  #assign({ operator, variable, value }: Wgsl.Assign, scope: Scope): void {
    if (!(variable instanceof Wgsl.VariableExpr) || variable.postfix !== null) {
      throw new CompileError('the compiler assigns to whole variables alone')
    }
    const evaluated = this.#evaluate(value, scope)
    const before = scope.get(variable.name) ?? this.globals.get(variable.name)
    const result =
      operator === Wgsl.AssignOperator.assign
        ? evaluated
        : this.#operators.binary(operator.slice(0, -1), before!, evaluated)
    const target = scope.has(variable.name) ? scope : this.globals
    target.set(variable.name, before === undefined ? result : this.#operators.like(before, result))
  }

  #choose({ condition, body, elseif, else: otherwise }: Wgsl.If, scope: Scope): Value | undefined {
    if (elseif !== null && elseif.length > 0)
      throw new CompileError('the compiler knows no else if', { hint: 'put the if into the else' })
    const chosen = this.#evaluate(condition, scope) as Numeric
    const known = this.#operators.known(chosen)
    if (known !== undefined) return this.#runWithin(known ? body : (otherwise ?? []), scope)
    const before = [new Map(scope), new Map(this.globals)] as const
    this.#runOnly(body, scope)
    const after = [new Map(scope), new Map(this.globals)] as const
    for (const [i, variables] of [scope, this.globals].entries()) {
      for (const name of before[i]!.keys()) variables.set(name, before[i]!.get(name)!)
    }
    this.#runOnly(otherwise ?? [], scope)
    for (const [i, variables] of [scope, this.globals].entries()) {
      for (const name of before[i]!.keys()) {
        const [yes, no] = [after[i]!.get(name)!, variables.get(name)!]
        if (yes !== no) variables.set(name, this.#operators.choice(chosen, yes, no))
      }
    }
    return undefined
  }

  /** Runs a block, which may assign to variables around it. */
  #runWithin(statements: readonly Wgsl.Statement[], scope: Scope): Value | undefined {
    const inner: Scope = new Map(scope)
    const returned = this.#run(statements, inner)
    for (const name of scope.keys()) scope.set(name, inner.get(name)!)
    return returned
  }

  #runOnly(statements: readonly Wgsl.Statement[], scope: Scope): void {
    if (this.#runWithin(statements, scope) === undefined) return
    throw new CompileError('the compiler knows no return by a condition on elements', { hint: 'use select()' })
  }

  #all(expressions: readonly Wgsl.Expression[] | null, scope: Scope): Value[] {
    return (expressions ?? []).map(expression => this.#evaluate(expression, scope))
  }

  #evaluate(expression: Wgsl.Expression, scope: Scope): Value {
    return this.#at(expression, () => {
      let value = this.#withoutPostfix(expression, scope)
      for (let { postfix } = expression; postfix !== null; postfix = postfix.postfix) {
        if (!(postfix instanceof Wgsl.StringExpr)) throw new CompileError('the compiler knows no arrays')
        value = this.#operators.member(value, postfix.value)
      }
      return value
    })
  }

  #withoutPostfix(expression: Wgsl.Expression, scope: Scope): Value {
    const operators = this.#operators
    if (expression instanceof Wgsl.VariableExpr) return this.#variable(expression.name, scope)
    if (expression instanceof Wgsl.LiteralExpr) return operators.literal(expression.type.name, expression.scalarValue)
    if (expression instanceof Wgsl.BinaryOperator) {
      const { operator, left, right } = expression
      const first = this.#evaluate(left, scope)
      // Short circuit: the second operand has no effect where the first one decides.
      const known = operators.known(first)
      if ((operator === '&&' && known === false) || (operator === '||' && known === true)) return first
      return operators.binary(operator, first, this.#evaluate(right, scope))
    }
    if (expression instanceof Wgsl.UnaryOperator) {
      return operators.unary(expression.operator, this.#evaluate(expression.right, scope))
    }
    if (expression instanceof Wgsl.BitcastExpr) {
      return operators.bitcast(typeOf(expression.type!), this.#evaluate(expression.value, scope))
    }
    if (expression instanceof Wgsl.CreateExpr || expression instanceof Wgsl.TypecastExpr) {
      return this.#created(expression.type!, this.#all(expression.args, scope))
    }
    if (expression instanceof Wgsl.CallExpr) {
      const result = this.call(expression.name, this.#all(expression.args, scope))
      if (result === undefined) throw new CompileError(`${expression.name} returns nothing`)
      return result
    }
    throw new CompileError(`the compiler knows no ${expression.astNodeType}`)
  }

  #created(type: Wgsl.Type, args: readonly Value[]): Value {
    if (!(type instanceof Wgsl.Struct)) return this.#operators.create(typeOf(type), args)
    const members = type.members.map((member, i) => {
      return [member.name, this.#operators.convertedTo(typeOf(member.type!), args[i]!)] as const
    })
    return { kind: 'struct', members: Object.fromEntries(members) }
  }

  #variable(name: string, scope: Scope): Value {
    const literal = this.#shader.literals.get(name)
    const found =
      literal === undefined
        ? (scope.get(name) ?? this.globals.get(name) ?? this.#constant(name))
        : ({ kind: 'number', isFloat: true, value: literal } as const)
    if (found === undefined)
      throw new CompileError(`the compiler knows no ${name}`, {
        hint: 'a let, a var, a const or a parameter of a shader that the activation lists',
      })
    return found
  }

  #constant(name: string): Value | undefined {
    let value = this.#constants.get(name)
    const expression = this.#shader.constants.get(name)
    if (value === undefined && expression !== undefined) {
      value = this.#evaluate(expression, new Map())
      this.#constants.set(name, value)
    }
    return value
  }
}

function typeOf(type: Wgsl.Type): Shape | undefined {
  if (type instanceof Wgsl.Struct) return undefined
  const width = ({ vec2: 2, vec4: 4 } as const)[type.name] ?? 1
  const element = type instanceof Wgsl.TemplateType ? type.format?.name : type.name
  return { kind: element as Shape['kind'], width }
}
