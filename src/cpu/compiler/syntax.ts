import { CompileError, type Place } from './errors.ts'
import type { Source } from './sources.ts'
import * as Wgsl from 'wgsl_reflect/wgsl_reflect.module.js'

/** The declarations of a shader, by name. A later declaration replaces an earlier one of the same name. */
export interface Shader {
  readonly functions: ReadonlyMap<string, Wgsl.Function>
  readonly constants: ReadonlyMap<string, Wgsl.Expression>
  readonly privates: ReadonlyMap<string, Wgsl.Var>
  /** The values of float literals, in float64. */
  readonly literals: ReadonlyMap<string, number>
  /** Returns the place of a node's line; undefined where it is unknown. */
  readonly placeOf: (line: number) => Place | undefined
}

// A float literal, such as 1.5, 5e-6, 0x1p-37f and 0x1.8p1.
const FLOAT = /(?<![\w.])(?:0x[\da-f]+(?:\.[\da-f]*)?p[-+]?\d+|\d+\.\d*(?:e[-+]?\d+)?|\d+e[-+]?\d+)f?(?![\w.])/gi

/** Parses sources as one module. @throws CompileError */
export function parse(sources: readonly Source[]): Shader {
  const literals = new Map<string, number>()
  const placeOf = (line: number): Place | undefined => placeIn(sources, line)
  const nodes = nodesOf(sources, literals)
  const functions = new Map<string, Wgsl.Function>()
  const constants = new Map<string, Wgsl.Expression>()
  const privates = new Map<string, Wgsl.Var>()
  for (const node of nodes) {
    if (node instanceof Wgsl.Function) functions.set(node.name, node)
    else if (node instanceof Wgsl.Override) constants.set(node.name, node.value!)
    else if (node instanceof Wgsl.Var) privates.set(node.name, node)
  }
  return { functions, constants, privates, literals, placeOf }
}

function nodesOf(sources: readonly Source[], literals: Map<string, number>): Wgsl.Statement[] {
  // The parser rounds literals and constants to float32 and knows no hexadecimal floats. So literals are replaced by
  // names, and constants by overrides, whose expressions it keeps.
  const wgsl = sources
    .map(source => source.wgsl)
    .join('\n')
    .replace(/\/\/.*/g, '')
    .replace(FLOAT, text => {
      const name = `literal_${literals.size}`
      literals.set(name, readFloat(text))
      return name
    })
    .replace(/^const\b/gm, 'override')
  try {
    return new Wgsl.WgslParser().parse(wgsl)
  } catch (error) {
    // The parser reports an unclosed bracket in a later source: parse each source alone to find the right one.
    if (sources.length > 1) for (const source of sources) nodesOf([source], new Map())
    // The parser sorts functions by their calls, and overflows the stack on a cycle.
    if (error instanceof RangeError) {
      throw new CompileError('a function calls itself', { place: placeIn(sources, lineOfCircle(wgsl)), cause: error })
    }
    const [, reason, line] = /^(.*?)\.*(?: Line: (\d+))?$/.exec((error as Error).message)!
    throw new CompileError(`no WGSL (${reason})`, { place: placeIn(sources, Number(line)), cause: error })
  }
}

/**
 * Returns the line of the first function that calls itself, or else, for a cycle of several functions, of the first
 * one.
 */
function lineOfCircle(wgsl: string): number {
  const functions = [...wgsl.matchAll(/^fn (\w+)([^]*?)^\}/gm)]
  const found = functions.find(([, name, body]) => new RegExp(`\\b${name}\\(`).test(body!)) ?? functions[0]
  return wgsl.slice(0, found?.index).split('\n').length
}

/** Returns the file and the line for a line of concatenated sources. */
function placeIn(sources: readonly Source[], line: number): Place | undefined {
  let first = 1
  for (const { file, wgsl } of sources) {
    const lines = wgsl.split('\n')
    const text = lines[line - first]
    if (line >= first && text !== undefined) {
      return {
        file,
        line: line - first + 1,
        text: text
          .replace(/\/\/.*/, '')
          .replace(/[\s;{]*$/, '')
          .trim(),
      }
    }
    first += lines.length
  }
  return undefined
}

/** Returns the signature of a function, for error messages. */
export function signatureOf({ args, returnType }: Wgsl.Function): string {
  const taken = args.map(({ name, type }) => `${name}: ${nameOf(type)}`)
  return `(${taken.join(', ')}) -> ${returnType === null ? 'nothing' : nameOf(returnType)}`
}

function nameOf(type: Wgsl.Type): string {
  return type instanceof Wgsl.TemplateType && type.format !== null ? `${type.name}<${type.format.name}>` : type.name
}

function readFloat(text: string): number {
  const digits = text.replace(/f$/i, '')
  const [, whole, fraction = '', exponent] = /^0x([\da-f]+)\.?([\da-f]*)p(.*)$/i.exec(digits) ?? []
  if (whole === undefined) return Number(digits)
  return parseInt(whole + fraction, 16) * 2 ** (Number(exponent) - 4 * fraction.length)
}
