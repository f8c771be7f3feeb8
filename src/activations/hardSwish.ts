import shader from '../../shaders/activations/hardSwish.wgsl?raw'
import { type Activation, smoothWithCrossing } from './support/activation.ts'
import { makerOf } from './support/definition.ts'

/**
 * The piecewise quadratic swish, `hardSwish(x) = x * min(max(x + 3, 0), 6) / 6`.
 *
 * x passes bit for bit from 3 on. y is 0 up to -3, at -Infinity too, where PyTorch returns NaN. The gradient is `dy`
 * from 3 on, `dy * (x / 3 + 0.5)` between -3 and 3, and exactly +0 up to -3, even for `dy` NaN or Infinity.
 *
 * Source: Howard et al., "Searching for MobileNetV3", ICCV 2019; WebNN `hardSwish`, PyTorch `hardswish`.
 *
 * @throws InputError for any option.
 */
export function hardSwish(options?: Readonly<Record<string, never>>): Activation {
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'hardSwish',
  wgslSources: [shader],
  reference: {
    forward: x => (x <= -3 ? 0 : x >= 3 ? x : (x * (x + 3)) / 6),
    derivative: x => (x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6),
  },
  zeroWhereShut: true,
  bounds: /* @__PURE__ */ smoothWithCrossing(-1.5),
})
