import type { Activation, Direction } from '../src/index.ts'

// Types only: this module also serves the command line, where nothing can load WGSL.
type Library = typeof import('../src/index.ts')

/** What is offered here. To offer another activation, add its line. */
export const ACTIVATIONS: readonly ActivationChoice[] = [
  { name: 'relu', make: library => library.relu() },
  { name: 'leakyRelu', make: (library, { alpha }) => library.leakyRelu({ alpha }), parameter: 'alpha' },
]

interface ActivationChoice {
  readonly name: string
  /** Makes it from the page's parameters. */
  readonly make: (library: Library, parameters: { readonly alpha: number }) => Activation
  /** The parameter it takes, where it takes one. */
  readonly parameter?: 'alpha'
}

export const ACTIVATION_NAMES: readonly string[] = ACTIVATIONS.map(({ name }) => name)
export const DIRECTIONS: readonly Direction[] = ['forward', 'backward']
export const PROCESSORS: readonly Processor[] = ['webgpu', 'cpu']
export const INPUTS: readonly InputKind[] = ['normal', 'picture', 'npy']
export const SIZES: readonly number[] = Array.from({ length: 17 }, (_, i) => 2 ** (10 + i))
export const LARGEST_SIZE = 2 ** 26
export const FEWEST_RUNS = 9
export const MOST_RUNS = 999

export type Processor = 'webgpu' | 'cpu'
export type InputKind = 'normal' | 'picture' | 'npy'
