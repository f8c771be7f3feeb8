import product from '../../shaders/numerics/exact-product.wgsl?raw'
import shader from '../../shaders/activations/leakyRelu.wgsl?raw'
import { Activation } from './support/activation.ts'
import { largestNeedingExact } from './support/uniforms.ts'
import { gatedBy } from './support/gated.ts'
import { readParameters } from './support/parameters.ts'

/**
 * The leaky rectified linear unit, `leakyRelu(x) = x > 0 ? x : alpha * x`.
 *
 * The gradient is `dy` where `x > 0` and `alpha * dy` elsewhere, at 0 and at NaN too. NaN passes with its payload. With
 * alpha 0, y at -Infinity is the limit 0; PyTorch returns NaN.
 *
 * Source: Maas, Hannun and Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models", ICML 2013; WebNN
 * `leakyRelu`; the default alpha is PyTorch's.
 *
 * @param options `alpha`: the slope below zero, any number finite in float32; 0.01 when left out.
 * @throws InputError when alpha is not a number, NaN or infinite, and for any other option.
 */
export function leakyRelu(options?: { readonly alpha?: number | undefined }): Activation {
  const { alpha } = readParameters('leakyRelu', options, { alpha: 0.01 })
  const gated = gatedBy(
    x => x > 0,
    x => (x > 0 ? x : alpha === 0 && x === -Infinity ? -alpha : alpha * x),
    () => alpha,
  )
  return new Activation({
    name: 'leakyRelu',
    parameters: { alpha },
    wgslSources: [product, shader],
    uniforms: [alpha, largestNeedingExact(alpha)],
    selfTestVariants: () => SELF_TEST_ALPHAS.map(each => leakyRelu({ alpha: each })),
    ...gated,
    // With a negative alpha y is positive on both sides of 0.
    derivativeFromY: alpha >= 0 ? gated.reference.derivative : undefined,
  })
}

/** Slopes for the self-test: zero, and a negative subnormal, whose products all need exact arithmetic. */
export const SELF_TEST_ALPHAS = [0, -97 * 2 ** -149]
