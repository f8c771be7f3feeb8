// A small ONNX model, written by hand so that the example needs no file. The numbers are the field numbers of
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.

/** A convolution that keeps height and width (odd kernels, zeros around), or a relu. */
export type Layer = 'relu' | Convolution

export interface Convolution {
  /** [output channels, input channels, kernel height, kernel width] */
  readonly shape: readonly [number, number, number, number]
  readonly weights: Float32Array
}

const IR_VERSION = 9
const OPSET = 20
const FLOAT = 1
const INTS = 7

const VARINT = 0
const BYTES = 2

/** The layers one after the other, from the tensor `x` of this shape to `y`. */
export function onnxModel(inputShape: readonly number[], layers: readonly Layer[]): Uint8Array<ArrayBuffer> {
  const tensorName = (index: number): string => (index === 0 ? 'x' : index === layers.length ? 'y' : `layer ${index}`)
  const nodes = layers.map((layer, i) => message(1, node(layer, tensorName(i), tensorName(i + 1))))
  const weights = layers.flatMap((layer, i) => (layer === 'relu' ? [] : [initializer(layer, tensorName(i + 1))]))
  const sizes = inputShape.map(size => message(1, [varint(1, size)]))
  const graph = [
    ...nodes,
    text(2, 'layers'),
    ...weights,
    message(11, [text(1, 'x'), message(2, [message(1, [varint(1, FLOAT), message(2, sizes)])])]),
    message(12, [text(1, 'y'), message(2, [message(1, [varint(1, FLOAT)])])]),
  ]
  return Uint8Array.from([varint(1, IR_VERSION), message(7, graph), message(8, [text(1, ''), varint(2, OPSET)])].flat())
}

function node(layer: Layer, input: string, output: string): Encoded[] {
  if (layer === 'relu') return [text(1, input), text(2, output), text(4, 'Relu')]
  const [, , height, width] = layer.shape
  const pads = [height, width, height, width].map(size => varint(8, (size - 1) / 2))
  const attribute = message(5, [text(1, 'pads'), ...pads, varint(20, INTS)])
  return [text(1, input), text(1, weightsOf(output)), text(2, output), text(4, 'Conv'), attribute]
}

function initializer({ shape, weights }: Convolution, output: string): Encoded {
  const bytes = new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength)
  const sizes = shape.map(size => varint(1, size))
  return message(5, [...sizes, varint(2, FLOAT), text(8, weightsOf(output)), message(9, [[...bytes]])])
}

const weightsOf = (output: string): string => `weights of ${output}`

type Encoded = readonly number[]

function varint(field: number, value: number): Encoded {
  return [...varintBytes((field << 3) | VARINT), ...varintBytes(value)]
}

function text(field: number, value: string): Encoded {
  return message(field, [[...new TextEncoder().encode(value)]])
}

function message(field: number, parts: readonly Encoded[]): Encoded {
  const bytes = parts.flat()
  return [...varintBytes((field << 3) | BYTES), ...varintBytes(bytes.length), ...bytes]
}

/** Seven bits a byte, the lowest first; the eighth bit is set where more bytes follow. */
function varintBytes(value: number): Encoded {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varintBytes(value >>> 7)]
}
