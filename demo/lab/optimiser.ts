import type { Parameter } from './layers.ts'

/** Moves parameters against their gradients. */
export interface Optimiser {
  /** The number of steps taken. */
  steps: number
  step(parameters: readonly Parameter[]): void
  /** The state for a parameter, in arrays of its length: velocities, or means and means of squares. */
  memoryOf(parameter: Parameter): readonly Float32Array[]
}

/** Stochastic gradient descent: velocity = momentum * velocity + gradient; value -= rate * velocity. */
export class Sgd implements Optimiser {
  steps = 0
  readonly #rate: number
  readonly #momentum: number
  readonly #velocities = new WeakMap<Parameter, Float32Array>()

  constructor(rate: number, momentum = 0) {
    this.#rate = rate
    this.#momentum = momentum
  }

  step(parameters: readonly Parameter[]): void {
    this.steps++
    for (const parameter of parameters) {
      const { values, gradients } = parameter
      const [velocities = gradients] = this.memoryOf(parameter)
      for (let i = 0; i < values.length; i++) {
        if (velocities !== gradients) velocities[i] = this.#momentum * velocities[i]! + gradients[i]!
        values[i]! -= this.#rate * velocities[i]!
      }
    }
  }

  memoryOf(parameter: Parameter): readonly Float32Array[] {
    return this.#momentum === 0 ? [] : [stateOf(this.#velocities, parameter)]
  }
}

const DECAY = 0.9
const SQUARE_DECAY = 0.999
const EPSILON = 1e-8

/** Adam of Kingma and Ba, with its usual constants: 0.9, 0.999 and 1e-8. */
export class Adam implements Optimiser {
  steps = 0
  readonly #rate: number
  readonly #means = new WeakMap<Parameter, Float32Array>()
  readonly #squares = new WeakMap<Parameter, Float32Array>()

  constructor(rate: number) {
    this.#rate = rate
  }

  step(parameters: readonly Parameter[]): void {
    this.steps++
    // Both averages begin at 0: without these factors the first steps would be too small.
    const unbiased = 1 / (1 - DECAY ** this.steps)
    const unbiasedSquare = 1 / (1 - SQUARE_DECAY ** this.steps)
    for (const parameter of parameters) {
      const { values, gradients } = parameter
      const [means, squares] = this.memoryOf(parameter)
      for (let i = 0; i < values.length; i++) {
        const gradient = gradients[i]!
        means[i]! += (1 - DECAY) * (gradient - means[i]!)
        squares[i]! += (1 - SQUARE_DECAY) * (gradient * gradient - squares[i]!)
        values[i]! -= (this.#rate * means[i]! * unbiased) / (Math.sqrt(squares[i]! * unbiasedSquare) + EPSILON)
      }
    }
  }

  memoryOf(parameter: Parameter): readonly [means: Float32Array, squares: Float32Array] {
    return [stateOf(this.#means, parameter), stateOf(this.#squares, parameter)]
  }
}

/** The norm of all gradients together. */
export function gradientNorm(parameters: readonly Parameter[]): number {
  let sum = 0
  for (const { gradients } of parameters) for (let i = 0; i < gradients.length; i++) sum += gradients[i]! ** 2
  return Math.sqrt(sum)
}

/** Scales all gradients by one factor so that their norm is at most `most`. A norm that is not finite makes them 0: the step is left out. */
export function clipByGlobalNorm(parameters: readonly Parameter[], most: number): void {
  const norm = gradientNorm(parameters)
  if (norm <= most) return
  for (const { gradients } of parameters) {
    if (!Number.isFinite(norm)) gradients.fill(0)
    else for (let i = 0; i < gradients.length; i++) gradients[i]! *= most / norm
  }
}

function stateOf(states: WeakMap<Parameter, Float32Array>, parameter: Parameter): Float32Array {
  let state = states.get(parameter)
  if (state === undefined) {
    state = new Float32Array(parameter.values.length)
    states.set(parameter, state)
  }
  return state
}
