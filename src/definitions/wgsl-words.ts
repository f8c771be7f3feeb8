import vectorWidth from '../../shaders/vector-width/vec4.wgsl?raw'
import bits from '../../shaders/numerics/bits.wgsl?raw'
import careful from '../../shaders/kernels/careful.wgsl?raw'
import product from '../../shaders/numerics/exact-product.wgsl?raw'
import functions from '../../shaders/numerics/functions.wgsl?raw'
import normalTail from '../../shaders/numerics/normal-tail.wgsl?raw'
import order from '../../shaders/numerics/order.wgsl?raw'
import { LOGISTIC, SOFTPLUS, TANH } from '../activations/support/numerics.ts'
import { declarationsOf } from '../wgsl/source.ts'

// Worked out when a definition is made, so that an application without one has none of it.

/** Returns WGSL that definitions may call, each part after what it calls, without bits.wgsl, which every program has. */
export const numerics = /* @__PURE__ */ lazy((): readonly string[] => [
  ...new Set([...LOGISTIC, ...SOFTPLUS, ...TANH, order, normalTail, product, functions]),
])

/** Returns what programs and `wgsl()` declare around the numerics, so that a module of them compiles alone. */
export function aroundNumerics(): string {
  return [bits, careful].join('\n')
}

/** Returns the types, constants and functions of this library that definitions may name. */
export const libraryWords = /* @__PURE__ */ lazy(
  (): ReadonlySet<string> => new Set(declarationsOf([vectorWidth, bits, ...numerics()].join('\n')).keys()),
)

/** Returns the words of WGSL that a function may use: keywords, types and builtin functions. */
export const languageWords = /* @__PURE__ */ lazy(
  (): ReadonlySet<string> => new Set(`${KEYWORDS} ${TYPES} ${BUILTINS}`.split(/\s+/)),
)

const KEYWORDS = `break case const continue continuing default else false fn for if let loop return struct switch true var while
alias`

const TYPES = `array bool f32 i32 u32 vec2 vec3 vec4 vec2f vec3f vec4f vec2i vec3i vec4i vec2u vec3u vec4u mat2x2 mat2x3 mat2x4
mat3x2 mat3x3 mat3x4 mat4x2 mat4x3 mat4x4`

// https://www.w3.org/TR/WGSL/#builtin-functions: those of numbers alone. The others reach memory, textures, other invocations
// or derivatives between them.
const BUILTINS = `abs acos acosh all any asin asinh atan atan2 atanh bitcast ceil clamp cos cosh countLeadingZeros
countOneBits countTrailingZeros cross degrees determinant distance dot exp2 extractBits faceForward firstLeadingBit
firstTrailingBit floor fma fract frexp insertBits inverseSqrt ldexp length log2 max min mix modf normalize pow quantizeToF16
radians reflect refract reverseBits round saturate select sign sin sinh smoothstep sqrt step tan transpose trunc`

/** Makes a function that works a value out once. */
function lazy<Value>(make: () => Value): () => Value {
  let value: Value | undefined
  return () => (value ??= make())
}
