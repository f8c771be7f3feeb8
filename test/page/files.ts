import { readFileSync } from 'node:fs'
import { crc32, deflateSync } from 'node:zlib'

/** A PNG of 8-bit RGB; `colour` gives the three channels of a pixel. */
export function png(width: number, height: number, colour: (x: number, y: number) => readonly number[]): Buffer {
  const lines = Array.from({ length: height }, (_, y) => [
    0,
    ...Array.from({ length: width }, (__, x) => colour(x, y)).flat(),
  ])
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const data = deflateSync(Buffer.from(lines.flat()))
  return Buffer.concat([signature, pngChunk('IHDR', header), pngChunk('IDAT', data), pngChunk('IEND', Buffer.alloc(0))])
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const chunk = Buffer.alloc(body.length + 8)
  chunk.writeUInt32BE(data.length, 0)
  chunk.set(body, 4)
  chunk.writeUInt32BE(crc32(body), body.length + 4)
  return chunk
}

/** A .npy as NumPy writes it, or with another header. */
export function npy(data: Uint8Array, shape: string, descr = "'<f4'", version = 1): Buffer {
  const sizeBytes = version === 1 ? 2 : 4
  const dictionary = `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`
  const unpadded = 8 + sizeBytes + dictionary.length + 1
  const header = `${dictionary}${' '.repeat((64 - (unpadded % 64)) % 64)}\n`
  const start = Buffer.alloc(8 + sizeBytes)
  start.write('\x93NUMPY', 'latin1')
  start[6] = version
  if (version === 1) start.writeUInt16LE(header.length, 8)
  else start.writeUInt32LE(header.length, 8)
  return Buffer.concat([start, Buffer.from(header, 'latin1'), data])
}

export function float32Bytes(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer)
}

export function arrayBuffer(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

/** A file that NumPy or safetensors has written: tensor-files/generate.py. */
export function tensorFile(name: string): Buffer {
  return readFileSync(new URL(`tensor-files/${name}`, import.meta.url))
}

/** A .safetensors of this header, as an object or as it stands. */
export function safetensors(header: object | string, data: Uint8Array = new Uint8Array()): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, data])
}
