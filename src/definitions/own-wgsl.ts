import scalarWidth from '../../shaders/vector-width/scalar.wgsl?raw'
import vectorWidth from '../../shaders/vector-width/vec4.wgsl?raw'
import zeroGate from '../../shaders/numerics/zero-gate.wgsl?raw'
import type { OwnSource } from '../activations/support/activation.ts'
import { DefinitionError } from '../support/errors.ts'
import { declarationsOf } from '../wgsl/source.ts'
import { type Token, WgslText } from './wgsl-tokens.ts'
import { aroundNumerics, languageWords, libraryWords, numerics } from './wgsl-words.ts'

/** The functions of a definition that kernels call, by their signatures. */
const ENTRIES: Readonly<Record<string, string>> = {
  forward: '(Float) -> Float',
  backward: '(Float, Float) -> Float',
  is_open: '(Float) -> Flags',
  through_gate: '(Flags, Float) -> Float',
  backward_from_y: '(Float, Float) -> Float',
}

const COMPONENTS = ['x', 'y', 'z', 'w']

/** The facts about a definition on which its WGSL depends. */
interface Wanted {
  readonly name: string
  readonly text: unknown
  /** The names of the numbers in the uniform, in order. */
  readonly parameters: readonly string[]
  readonly hasGate: boolean
  readonly hasSlope: boolean
  readonly isKnownFromY: boolean
}

/**
 * Reads the WGSL of a definition: checks that it declares functions of numbers alone, and names its declarations so that they
 * are nobody else's in a program.
 *
 * @throws DefinitionError with the place in the text
 */
export function readOwnWgsl(wanted: Wanted): {
  readonly wgslSources: readonly string[]
  readonly ownSource: OwnSource
} {
  const { name, text, parameters, hasGate, hasSlope, isKnownFromY } = wanted
  const wgsl = new WgslText(name, text)
  const declared = declarationsIn(wgsl)
  checkWords(wgsl, declared, parameters)
  // A gate without a slope has the functions of zero-gate.wgsl, in place of which a definition may have its own.
  const shared = hasGate && !hasSlope ? declarationsOf(zeroGate) : new Map<string, string>()
  const needed = [
    'forward',
    'backward',
    ...(hasGate ? ['is_open', 'through_gate'] : []),
    ...(isKnownFromY ? ['backward_from_y'] : []),
  ]
  for (const entry of needed) {
    if (declared.has(entry) || shared.has(entry)) continue
    const message = `${name}'s wgsl has no fn ${entry}${ENTRIES[entry]}.`
    throw new DefinitionError(message, `Declare it; the kernels of ${name} call it.`)
  }
  const own = [...shared].filter(([entry]) => !declared.has(entry)).map(([, declaration]) => declaration)
  return {
    wgslSources: [...numerics(), ...own, programText(wgsl, declared, parameters)],
    ownSource: {
      name,
      modules: [vectorWidth, scalarWidth].map(width => moduleOf(width, parameters, own, String(text))),
    },
  }
}

/** Returns the names at module scope, each with its token. @throws DefinitionError */
function declarationsIn(wgsl: WgslText): ReadonlyMap<string, Token> {
  const { tokens } = wgsl
  const declared = new Map<string, Token>()
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i]!.text === ';') continue
    const kind = tokens[i]!
    if (!['fn', 'const', 'struct', 'alias'].includes(kind.text)) {
      wgsl.fail(
        `has ${kind.text} at module scope`,
        kind,
        'Declare fn, const, struct and alias there, and nothing else.',
      )
    }
    const name = tokens[i + 1]
    if (!name?.isWord) wgsl.fail(`has a ${kind.text} without a name`, kind, 'Name it.')
    checkName(wgsl, kind, name, declared)
    declared.set(name.text, name)
    if (kind.text === 'fn' && Object.hasOwn(ENTRIES, name.text)) checkSignature(wgsl, name, i + 2)
    i = endOf(wgsl, i, kind)
  }
  return declared
}

function checkName(wgsl: WgslText, kind: Token, name: Token, declared: ReadonlyMap<string, Token>): void {
  const { text } = name
  const isTaken = isKnown(text) || text === 'parameters'
  if (isTaken) wgsl.fail(`declares ${text}, which has a meaning already`, name, 'Give another name.')
  if (declared.has(text)) wgsl.fail(`declares ${text} twice`, name, 'Give another name.')
  if (Object.hasOwn(ENTRIES, text) && kind.text !== 'fn') wgsl.fail(`has no fn of ${text}`, name, `Declare fn ${text}.`)
}

/** Returns the index of the last token of a declaration. @throws DefinitionError */
function endOf(wgsl: WgslText, from: number, kind: Token): number {
  const { tokens } = wgsl
  const isBlock = kind.text === 'fn' || kind.text === 'struct'
  let depth = 0
  for (let i = from; i < tokens.length; i++) {
    const { text } = tokens[i]!
    if (text === '{') depth++
    if (text === '}' && --depth === 0 && isBlock) return i
    if (text === ';' && depth === 0 && !isBlock) return i
  }
  return wgsl.fail(`has a ${kind.text} without an end`, kind, isBlock ? 'End it with }.' : 'End it with ;.')
}

/** Checks that a function that kernels call takes and returns what they expect. @throws DefinitionError */
function checkSignature(wgsl: WgslText, name: Token, from: number): void {
  const { tokens } = wgsl
  const open = tokens.slice(from).findIndex(({ text }) => text === '{')
  const head = tokens.slice(from, open === -1 ? undefined : from + open).map(({ text }) => text)
  // Leaves out the names of parameters, and a comma after the last.
  const types = head.filter((_, i) => head[i + 1] !== ':' && head[i] !== ':').join(' ')
  const signature = types
    .replace(/ ?, ?\)/, ')')
    .replaceAll(' ,', ',')
    .replaceAll(/\( | \)/g, bracket => bracket.trim())
  const wanted = ENTRIES[name.text]!
  if (signature === wanted) return
  wgsl.fail(`has fn ${name.text}${signature}`, name, `Declare fn ${name.text}${wanted}.`)
}

/** Checks that each word is known: WGSL's, this library's or the definition's. @throws DefinitionError */
function checkWords(wgsl: WgslText, declared: ReadonlyMap<string, Token>, parameters: readonly string[]): void {
  const { tokens } = wgsl
  const named = new Set(declared.keys())
  for (const [i, { text, isWord }] of tokens.entries()) {
    const [before, after] = [tokens[i - 1]?.text ?? '', tokens[i + 1]?.text]
    if (isWord && (['let', 'var', 'const'].includes(before) || after === ':')) named.add(text)
  }
  for (const [i, token] of tokens.entries()) {
    const { text, isWord } = token
    if (text === '@')
      wgsl.fail('has an attribute', token, 'A definition has functions of numbers: no bindings, no entry points.')
    if (text === 'var' && tokens[i + 1]?.text === '<')
      wgsl.fail('has var<>', token, 'Declare var inside of functions, without an address space.')
    if (text === 'parameters') {
      const name = tokens[i + 2]
      if (tokens[i + 1]?.text === '.' && parameters.includes(name?.text ?? '')) continue
      const known = parameters.map(each => `parameters.${each}`).join(', ')
      wgsl.fail('names no parameter here', name ?? token, known === '' ? 'It has none.' : `It has ${known}.`)
    }
    if (!isWord || tokens[i - 1]?.text === '.') continue
    if (named.has(text) || isKnown(text)) continue
    wgsl.fail(`has ${text}, which is not known here`, token, 'Declare it, or use the functions of docs/define.md.')
  }
}

/** Tells whether a word is WGSL's or this library's. */
function isKnown(word: string): boolean {
  return languageWords().has(word) || libraryWords().has(word)
}

/** Returns the text for programs, without comments: each parameter a component of the uniform, and each name of the definition's own. */
function programText(wgsl: WgslText, declared: ReadonlyMap<string, Token>, parameters: readonly string[]): string {
  const { tokens } = wgsl
  return wgsl.rewritten(({ text, isWord }, i) => {
    if (tokens[i - 1]?.text === '.') {
      return tokens[i - 2]?.text === 'parameters' ? COMPONENTS[parameters.indexOf(text)]! : text
    }
    return isWord && declared.has(text) && !Object.hasOwn(ENTRIES, text) ? `own_${text}` : text
  })
}

/** Returns a module with the text as it was given, in which a device finds errors at their places. */
function moduleOf(
  width: string,
  parameters: readonly string[],
  shared: readonly string[],
  text: string,
): OwnSource['modules'][number] {
  const members = parameters.map(name => `${name}: f32,`).join(' ')
  const uniform =
    parameters.length === 0 ? '' : `struct Parameters { ${members} }\nvar<private> parameters: Parameters;`
  const before = [width, aroundNumerics(), ...numerics(), ...shared, uniform].join('\n')
  return { code: `${before}\n${text}`, linesBefore: before.split('\n').length }
}
