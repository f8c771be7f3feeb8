import { gelu } from '../activations/gelu.ts'
import { hardSigmoid } from '../activations/hardSigmoid.ts'
import { hardTanh } from '../activations/hardTanh.ts'
import { mish } from '../activations/mish.ts'
import { silu } from '../activations/silu.ts'
import { softsign } from '../activations/softsign.ts'
import type { Activation } from '../activations/support/activation.ts'
import { relu6 } from '../activations/relu6.ts'
import { applyActivation, takes } from './operations.ts'
import type { Replacements } from './registry.ts'
import type { Tensor, TensorFlow } from './types.ts'

type Method = (this: unknown, ...given: unknown[]) => unknown

/** The activations that Layers composes of several operations, by the names of their classes. */
const activations = (): Readonly<Record<string, Activation>> => ({
  relu6: relu6(),
  // Of Keras 2.
  hardSigmoid: hardSigmoid({ alpha: 0.2, beta: 0.5 }),
  softsign: softsign(),
  gelu: gelu(),
  gelu_new: gelu({ approximate: 'tanh' }),
  mish: mish(),
  swish: silu(),
})

/**
 * Replaces what Layers composes: the method that computes, in the prototype, so that models that are made already
 * have it too. Layers registers its classes with TensorFlow.js; where it was not loaded there is nothing to replace.
 */
export function replaceLayers(tf: TensorFlow, replacements: Replacements, isActive: () => boolean): void {
  for (const [name, activation] of Object.entries(activations())) {
    replaceMethod(tf, replacements, name, 'apply', original => {
      return function apply(this: unknown, ...given) {
        const [x, alpha = 1] = given
        const isOurs = isActive() && isTensor(x) && takes(tf, [x]) && (name !== 'swish' || alpha === 1)
        return isOurs ? applyActivation(tf, activation, x) : original.apply(this, given)
      }
    })
  }
  replaceMethod(tf, replacements, 'ReLU', 'call', original => {
    return function call(this: unknown, ...given) {
      const [x] = Array.isArray(given[0]) && given[0].length === 1 ? (given[0] as unknown[]) : given
      const { maxValue } = this as { readonly maxValue?: unknown }
      // Without a bound the layer is one operation already.
      const isBounded = typeof maxValue === 'number' && maxValue > 0 && Number.isFinite(Math.fround(maxValue))
      if (!isActive() || !isBounded || !isTensor(x) || !takes(tf, [x])) return original.apply(this, given)
      return applyActivation(tf, maxValue === 6 ? relu6() : hardTanh({ minValue: 0, maxValue }), x)
    }
  })
}

function replaceMethod(
  tf: TensorFlow,
  replacements: Replacements,
  className: string,
  name: 'apply' | 'call',
  make: (original: Method) => Method,
): void {
  const registered = tf.serialization.SerializationMap.getMap().classNameMap[className]
  const prototype = registered?.[0].prototype as Record<string, Method> | undefined
  if (prototype === undefined || !Object.hasOwn(prototype, name) || OURS in prototype[name]!) return
  replacements.method(prototype, name, Object.assign(make(prototype[name]!), { [OURS]: true }))
}

// Marks our methods, for another copy of this module too.
const OURS = /* @__PURE__ */ Symbol.for('webgpu-activations/tensorflow')

function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && 'dataId' in value
}
