import { DefinitionError, show } from '../support/errors.ts'
import { isWordOfWgsl } from '../wgsl/name.ts'
import { languageWords, libraryWords } from './wgsl-words.ts'

// The functions of this library and the other names of their programs. Not imported, so that an application has no function
// that it does not use; a test compares them.
const BUILT_IN = `celu clamp elu geglu gegluSigmoid gegluTanh gelu geluTanh glu hardShrink hardSigmoid
hardSigmoidLinear hardSwish hardTanh interval leakyRelu logSigmoid mish prelu quickGelu reglu relu relu6 selu sigmoid
silu softplus softShrink softsign sparsePlus sparseSigmoid squaredRelu squareplus step swiglu swigluClamped swish tanh
tanhShrink threshold`

const definitions = /* @__PURE__ */ new Map<string, string>()

/** Checks the name of a definition. @throws DefinitionError for one that is no name of WGSL, or has a meaning already */
export function checkName(owner: string, name: unknown): asserts name is string {
  if (typeof name !== 'string' || !/^[a-zA-Z][a-zA-Z0-9_]{0,40}$/.test(name)) {
    const fix = 'Give a letter, and after it at most 40 letters, digits and _.'
    throw new DefinitionError(`${owner}'s name is ${show(name)}.`, fix)
  }
  const isBuiltIn = BUILT_IN.split(/\s+/).includes(name)
  if (!isBuiltIn && !isWordOfWgsl(name) && !languageWords().has(name) && !libraryWords().has(name)) return
  const what = isBuiltIn ? 'a function of this library' : 'a word of WGSL or of this library'
  throw new DefinitionError(`${owner}'s name is ${show(name)}, ${what}.`, 'Give another name.')
}

/**
 * Registers a name for a definition, so that its kernels, reports and errors mean one function. The same definition may have
 * it again, as a module that is loaded twice has.
 *
 * @param content all that the definition consists of
 * @throws DefinitionError when another definition has the name
 */
export function registerName(owner: string, name: string, content: string): void {
  const known = definitions.get(name)
  if (known !== undefined && known !== content) {
    const fix = 'Give another name; after a change to the definition, load the page again.'
    throw new DefinitionError(`${owner} was given the name ${name} for another definition before.`, fix)
  }
  definitions.set(name, content)
}
