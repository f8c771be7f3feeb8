import type { Setup } from './training-setup.ts'

/** One of ten presets with a sentence to test. They are in stories.ts. */
export interface Story {
  /** In addresses: `?room=lab&story=revive`. */
  readonly id: StoryId
  readonly title: string
  /** A few words below the title. */
  readonly subtitle: string
  /** The claim in one sentence. */
  readonly sentence: string
  /** One or two sentences: what is trained here, and what to look at. */
  readonly account: string
  readonly setup: Setup
  /** The figure that shows the claim best. The other ones are shown too. */
  readonly figure: 'curves' | 'units' | 'gradients' | 'zeros' | 'noise'
  /** The claims whose verdicts stand beside it, the first one largest. */
  readonly claims: readonly ClaimName[]
  /** The case in which the claim does not hold, or the remedy. */
  readonly counterExample: CounterExample
}

/** A setup that shows the opposite of a story. */
export interface CounterExample {
  /** The text of the link: `With plain SGD`. */
  readonly title: string
  readonly sentence: string
  readonly claim: ClaimName | null
  readonly setup: Setup
  /** The story that continues here; undefined: the setup differs from this story's preset alone. */
  readonly story?: StoryId
}

type StoryId =
  | 'dying'
  | 'revive'
  | 'vanishing'
  | 'exploding'
  | 'sparse'
  | 'centre'
  | 'faster'
  | 'small-changes'
  | 'overfitting'
  | 'cheap'

/** The names of the claims, as `npm run claims -- --claims` takes them. They are in claims.ts. */
export type ClaimName =
  | 'sparse-init'
  | 'sparse-trained'
  | 'dying-rate'
  | 'leaky-at-high-rate'
  | 'dying-bias'
  | 'revival-adam'
  | 'revival-sgd'
  | 'collapse'
  | 'vanish-init'
  | 'vanish-init-tanh'
  | 'vanish-train'
  | 'explode'
  | 'centre'
  | 'one-sign'
  | 'one-sign-batch'
  | 'faster-circles'
  | 'faster-spirals'
  | 'faster-digits'
  | 'bn-sigmoid'
  | 'bn-dying'
  | 'robust-unit'
  | 'robust-net'
  | 'overfit-tanh'
  | 'overfit-sigmoid'
  | 'dropout'
  | 'dynamic-size'
  | 'sparse-faster'
  | 'cheap'
