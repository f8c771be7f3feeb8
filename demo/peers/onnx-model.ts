// An ONNX model of one node, from x to y, in protocol buffers. The numbers are the field numbers of
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.

/** One operator, with its attributes and its inputs beside x. */
export interface Operator {
  readonly type: string
  /** '' is ONNX's own. */
  readonly domain?: string
  /** Numbers are floats. */
  readonly attributes?: Readonly<Record<string, number | string>>
  /** Further inputs, each one float. */
  readonly inputs?: Readonly<Record<string, number>>
}

const IR_VERSION = 9
const OPSET = 20
const FLOAT = 1
const ATTRIBUTE_TYPES = { number: 1, string: 3 } as const

const VARINT = 0
const BYTES = 2
const FIXED32 = 5

/** A model whose tensors have one dimension of any length. */
export function onnxModel({ type, domain = '', attributes = {}, inputs = {} }: Operator): Uint8Array<ArrayBuffer> {
  const node = [
    ...['x', ...Object.keys(inputs)].map(name => text(1, name)),
    text(2, 'y'),
    text(4, type),
    ...Object.entries(attributes).map(([name, value]) =>
      message(5, [
        text(1, name),
        typeof value === 'number' ? float(2, value) : text(4, value),
        varint(20, ATTRIBUTE_TYPES[typeof value as 'number' | 'string']),
      ]),
    ),
    text(7, domain),
  ]
  const scalars = Object.entries(inputs).map(([name, value]) =>
    message(5, [varint(2, FLOAT), message(4, [floatBytes(value)]), text(8, name)]),
  )
  const tensor = message(1, [varint(1, FLOAT), message(2, [message(1, [text(2, 'length')])])])
  const graph = [
    message(1, node),
    text(2, 'one node'),
    ...scalars,
    message(11, [text(1, 'x'), message(2, [tensor])]),
    message(12, [text(1, 'y'), message(2, [tensor])]),
  ]
  const opsets = [
    message(8, [text(1, ''), varint(2, OPSET)]),
    ...(domain === '' ? [] : [message(8, [text(1, domain), varint(2, 1)])]),
  ]
  return Uint8Array.from([varint(1, IR_VERSION), message(7, graph), ...opsets].flat())
}

type Encoded = readonly number[]

function varint(field: number, value: number): Encoded {
  return [...varintBytes((field << 3) | VARINT), ...varintBytes(value)]
}

function message(field: number, parts: readonly Encoded[]): Encoded {
  const bytes = parts.flat()
  return [...varintBytes((field << 3) | BYTES), ...varintBytes(bytes.length), ...bytes]
}

function text(field: number, value: string): Encoded {
  return message(field, [[...new TextEncoder().encode(value)]])
}

function float(field: number, value: number): Encoded {
  return [...varintBytes((field << 3) | FIXED32), ...floatBytes(value)]
}

function floatBytes(value: number): Encoded {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, value, true)
  return [...new Uint8Array(view.buffer)]
}

/** Seven bits a byte, the lowest first; the eighth bit is set where more bytes follow. */
function varintBytes(value: number): Encoded {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest]
    bytes.push((rest & 0x7f) | 0x80)
  }
}
