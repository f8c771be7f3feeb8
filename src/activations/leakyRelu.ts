import product from '../../shaders/numerics/exact-product.wgsl?raw'
import shader from '../../shaders/activations/leakyRelu.wgsl?raw'
import type { Activation } from './support/activation.ts'
import { makerOf } from './support/definition.ts'
import { largestNeedingExact } from './support/uniforms.ts'

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
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'leakyRelu',
  parameters: { alpha: 0.01 },
  uniforms: ({ alpha }) => ({ alpha, largestNeedingExact: largestNeedingExact(alpha) }),
  wgslSources: [product, shader],
  reference: { forward: (x, { alpha }) => (x > 0 ? x : alpha === 0 && x === -Infinity ? -alpha : alpha * x) },
  gate: { isOpen: x => x > 0, slope: ({ alpha }) => alpha },
  derivativeFromY: (y, { alpha }) => (y > 0 ? 1 : alpha),
  // With a negative alpha y is positive on both sides of 0.
  isKnownFromY: ({ alpha }) => alpha >= 0,
  // A zero, and the negative subnormal -97 * 2^-149, whose products all need exact arithmetic.
  selfTests: [{ alpha: 0 }, { alpha: -1.36e-43 }],
})
