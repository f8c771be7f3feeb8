import scalarLanes from '../../shaders/vector-width/scalar.wgsl?raw'
import vectorLanes from '../../shaders/vector-width/vec4.wgsl?raw'
import bits from '../../shaders/numerics/bits.wgsl?raw'
import gluFunctions from '../../shaders/standalone/glu.wgsl?raw'
import gluClamped from '../../shaders/standalone/glu-clamped.wgsl?raw'
import gluClampedGradients from '../../shaders/standalone/glu-clamped-gradients.wgsl?raw'
import gluGradients from '../../shaders/standalone/glu-gradients.wgsl?raw'
import settle from '../../shaders/standalone/settle.wgsl?raw'
import slopes from '../../shaders/standalone/slopes.wgsl?raw'
import zero from '../../shaders/standalone/zero.wgsl?raw'
import type { Activation } from '../activations/support/activation.ts'
import { severalChannels } from '../activations/support/channels.ts'
import { checkActivation } from '../activations/support/check.ts'
import { type AnyActivation, type GluActivation, isGlu } from '../activations/support/glu-activation.ts'
import { InputError, show } from '../support/errors.ts'
import { readOptions } from '../support/reading.ts'
import { readName } from './name.ts'
import { aliased, type Declaration, declarationsOf, indented, neededBy, renamed } from './source.ts'

/** The options of {@link wgsl}. */
export interface WgslOptions {
  /**
   * The name of the function, and the prefix of everything else: a letter, then letters, digits and `_`, and no word of
   * WGSL. The activation's own when left out.
   */
  readonly name?: string | undefined
  /** The elements that a call computes: 1, of type `f32`, when left out, or 4, of type `vec4<f32>`. */
  readonly lanes?: 1 | 4 | undefined
  /**
   * The tensor that the gradient is computed from: `'x'` when left out, or `'y'`, for activations whose output
   * determines the gradient.
   */
  readonly from?: 'x' | 'y' | undefined
}

/**
 * Returns the formula of an activation as WGSL for a kernel of your own: self-contained source for module scope, with
 * `fn gelu(x: f32) -> f32` and `fn gelu_backward(x: f32, dy: f32) -> f32`, which returns dx. All other names begin with
 * `gelu_`, so that a module can hold several activations, and one activation with several sets of parameters under
 * several names.
 *
 * - A GLU activation gives `fn swiglu(gate: f32, up: f32) -> f32` and
 *   `fn swiglu_backward(gate: f32, up: f32, dy: f32) -> vec2<f32>`, which returns dGate and dUp.
 * - Parameters are constants in the source. But prelu with several slopes takes the element's slope as a last argument:
 *   `fn prelu(x: f32, slope: f32) -> f32` and `fn prelu_backward(x: f32, dy: f32, slope: f32) -> f32`.
 * - With `lanes: 4` every `f32` above is a `vec4<f32>`, and a call computes four elements, to the same bits. A GLU's
 *   gradients are then a struct, `swiglu_Gradients`, with the members `dGate` and `dUp`.
 * - With `from: 'y'` the gradient takes the output in place of the input: `fn tanh_backward(y: f32, dy: f32) -> f32`.
 *
 * Results keep the numeric contract of the kernels. Your loads and stores of `f32` may flush a subnormal or change the
 * payload of a NaN, depending on the driver; `u32` words keep their bits.
 *
 * A function named `tanh` or `step` shadows the WGSL builtin in its module: if you call the builtin, give another name.
 *
 * @throws InputError when the activation was not made by this library, an option is unknown or has another value, or y
 * does not determine the gradient
 */
export function wgsl(activation: Activation | GluActivation, options?: WgslOptions): string {
  checkActivation(activation)
  const { name: given, lanes, from } = readOptions('wgsl', options, NAMES, "Call wgsl(gelu(), { name: 'gelu' }).")
  const name = readName(given === undefined ? activation.name : given)
  const isVector = oneOf('lanes', lanes, [1, 4]) === 4
  const fromY = oneOf('from', from, ['x', 'y']) === 'y'
  if (fromY && activation.derivativeFromY === undefined) {
    const message = `The gradient of ${activation} cannot be told from y.`
    throw new InputError('invalid-parameter', message, "Leave out 'from', and give x.")
  }

  const declarations = declarationsOf(
    [
      isVector ? vectorLanes : scalarLanes,
      bits,
      ...activation.wgslSources,
      settle,
      slopes,
      gluFunctions,
      isVector ? gluGradients : '',
      gluClamped,
      isVector ? gluClampedGradients : '',
      constantsOf(activation),
    ].join('\n'),
  )
  const [forward, backward] = rootsFor(activation, fromY, declarations)

  const needed = neededBy([forward, backward], declarations)
  const names = new Map<string, string>()
  for (const word of needed) names.set(word, aliased(declarations.get(word)!) ?? `${name}_${inner(word)}`)
  names.set(forward, name).set(backward, `${name}_backward`)

  const written = [...declarations]
    .filter(([word, declaration]) => needed.has(word) && aliased(declaration) === undefined)
    .map(([, declaration]) => renamed(declaration, names))
  return indented([`// webgpu-activations: ${activation}`, ...written].join('\n'))
}

const NAMES = ['name', 'lanes', 'from'] as const

/** Returns one of two choices, by default the first. @throws InputError for another value */
function oneOf<Choice>(name: string, value: unknown, choices: readonly [Choice, Choice]): Choice {
  if (value === undefined) return choices[0]
  const found = choices.find(choice => choice === value)
  if (found !== undefined) return found
  const [usual, other] = choices.map(show)
  throw new InputError('invalid-parameter', `wgsl's ${name} is ${show(value)}.`, `Give ${usual} or ${other}.`)
}

// Parameters are written by their bits, because parsers may round decimals differently. They are not a `const`, because
// constant expressions are more restricted: shifting out a bit is an error there.
function constantsOf(activation: AnyActivation): string {
  const words = new Uint32Array(4)
  new Float32Array(words.buffer).set(activation.uniforms)
  if (!isAssigned(activation))
    return `var<private> parameters = vec4(${Array.from(words, hexadecimalFloat).join(', ')});`
  const constants = Array.from(words, word => `0x${word.toString(16).padStart(8, '0')}u`).join(', ')
  return `var<private> words = vec4(${constants});\n${zero}`
}

/** A finite float32 as a literal. A bitcast of its word is no constant expression in naga (29). */
function hexadecimalFloat(word: number): string {
  const exponent = (word >>> 23) & 0xff
  const fraction = ((word & 0x7fffff) << 1).toString(16).padStart(6, '0')
  const sign = word >>> 31 === 1 ? '-' : ''
  return `${sign}0x${exponent === 0 ? 0 : 1}.${fraction}p${Math.max(exponent, 1) - 127}f`
}

// A zero must not be recognizable as a constant (shaders/standalone/zero.wgsl), and an infinity is no constant expression
// of WGSL. The rate of a clamped GLU must not be one either: lavapipe joins it with the constants of a polynomial, and a
// gradient of swigluClamped then differs from the kernel's by 1 ULP (Mesa 25).
function isAssigned(activation: AnyActivation): boolean {
  const isSpecial = activation.uniforms.some(value => value === 0 || !Number.isFinite(value))
  return isSpecial || (isGlu(activation) && activation.clamps !== undefined)
}

function rootsFor(
  activation: AnyActivation,
  fromY: boolean,
  declarations: ReadonlyMap<string, Declaration>,
): [forward: string, backward: string] {
  if (isGlu(activation)) {
    const settled = activation.clamps === undefined ? 'settled_glu' : 'settled_clamped'
    return [`${settled}_forward`, `${settled}_backward`]
  }
  const backward = fromY ? 'backward_from_y' : 'backward'
  if (severalChannels(activation) !== undefined) return ['sloped_forward', `sloped_${backward}`]
  const isSettled = isAssigned(activation) || neededBy(['forward', backward], declarations).has('any_needs_exact')
  return isSettled ? ['settled_forward', `settled_${backward}`] : ['forward', backward]
}

// The name itself and NAME_backward are reserved for the functions that a user calls.
function inner(word: string): string {
  return word === 'forward' || word === 'backward' ? `${word}_once` : word
}
