import * as Wgsl from 'wgsl_reflect/wgsl_reflect.module.js'

/** The declarations of a shader, by their names. Of two with one name the later one counts. */
export interface Shader {
  readonly functions: ReadonlyMap<string, Wgsl.Function>
  readonly constants: ReadonlyMap<string, Wgsl.Expression>
  readonly privates: ReadonlyMap<string, Wgsl.Var>
  /** The float literals, with all their digits. */
  readonly literals: ReadonlyMap<string, number>
}

// A float literal that is part of no name, such as 1.5, 5e-6, 0x1p-37f and 0x1.8p1.
const FLOAT = /(?<![\w.])(?:0x[\da-f]+(?:\.[\da-f]*)?p[-+]?\d+|\d+\.\d*(?:e[-+]?\d+)?|\d+e[-+]?\d+)f?(?![\w.])/gi

/** Parses WGSL. @throws Error */
export function parse(wgsl: string): Shader {
  const literals = new Map<string, number>()
  // The parser rounds constants and literals to float32 as it reads them, and knows no hexadecimal ones. So they come as names,
  // and constants as overrides, of which it keeps the expressions.
  const source = wgsl
    .replace(/\/\/.*/g, '')
    .replace(FLOAT, text => {
      const name = `literal_${literals.size}`
      literals.set(name, readFloat(text))
      return name
    })
    .replace(/^const\b/gm, 'override')
  const nodes = new Wgsl.WgslParser().parse(source)
  const functions = new Map<string, Wgsl.Function>()
  const constants = new Map<string, Wgsl.Expression>()
  const privates = new Map<string, Wgsl.Var>()
  for (const node of nodes) {
    if (node instanceof Wgsl.Function) functions.set(node.name, node)
    else if (node instanceof Wgsl.Override) constants.set(node.name, node.value!)
    else if (node instanceof Wgsl.Var) privates.set(node.name, node)
  }
  return { functions, constants, privates, literals }
}

/** What a function takes and gives, in words. */
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
