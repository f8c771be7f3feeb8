import { shorten } from '../support/format.ts'
import { isZip, readZipNames } from './zip.ts'

// Files that the page cannot read, with a way to save one of their arrays in a format that it can.

/** The kind of an unsupported file, with a fix. */
export interface Kind {
  readonly what: string
  readonly fix: string
}

const TORCH: Kind = {
  what: 'a file of torch.save',
  fix: "In Python, of a state_dict: safetensors.torch.save_file(torch.load(file), 'x.safetensors').",
}
const KERAS: Kind = {
  what: 'an archive of Keras',
  fix: "In Python: numpy.save('x.npy', keras.models.load_model(file).get_weights()[0]).",
}
const HDF5: Kind = {
  what: 'an HDF5 file',
  fix: "In Python: numpy.save('x.npy', h5py.File(file)['name of a dataset'][()]).",
}
const MATLAB: Kind = {
  what: 'a file of MATLAB',
  fix: "In Python: numpy.save('x.npy', scipy.io.loadmat(file)['name of an array']).",
}
const GGUF: Kind = {
  what: 'a GGUF',
  fix: "In Python, of a tensor that is not quantized: numpy.save('x.npy', gguf.GGUFReader(file).tensors[0].data).",
}
const ONNX: Kind = {
  what: 'a model of ONNX',
  fix: "In Python: numpy.save('x.npy', onnx.numpy_helper.to_array(onnx.load(file).graph.initializer[0])).",
}
const PROTOBUF: Kind = {
  what: 'a file of Protocol Buffers, as TensorFlow and ONNX write them',
  fix: "Load it there, and save one of its arrays: numpy.save('x.npy', array).",
}
const TFLITE: Kind = {
  what: 'a model of TensorFlow Lite',
  fix: "In Python, of a tf.lite.Interpreter: numpy.save('x.npy', interpreter.get_tensor(0)).",
}
const PICKLE: Kind = {
  what: 'a pickle, which may run any program when it is opened',
  fix: "Where you trust it, save an array of it in Python: numpy.save('x.npy', array).",
}
const TABLE: Kind = {
  what: 'a table of Parquet or Arrow',
  fix: "In Python: numpy.save('x.npy', pandas.read_parquet(file).to_numpy('float32')), or read_feather.",
}
const RAW: Kind = {
  what: 'raw data, which does not say its type and shape',
  fix: "In Python, where they are float32: numpy.save('x.npy', numpy.fromfile(file, 'float32')).",
}
const TAR: Kind = { what: 'a tar archive', fix: 'Unpack it, and choose one of its files.' }
const COMPRESSED: Kind = { what: 'compressed', fix: 'Decompress it, and choose what was in it.' }
const SVG: Kind = { what: 'an SVG, which has no pixels', fix: 'Save it as a PNG.' }

/** Signatures of files: Latin-1 text at a byte offset. */
const SIGNATURES: readonly (readonly [at: number, signatures: readonly string[], kind: Kind])[] = [
  [0, ['\x89HDF\r\n\x1a\n', 'MATLAB 7.3'], HDF5],
  [0, ['MATLAB 5.0'], MATLAB],
  [0, ['GGUF'], GGUF],
  [4, ['TFL3'], TFLITE],
  [0, ['PAR1', 'ARROW1', 'FEA1'], TABLE],
  [0, ['\x80\x02\x8a\x0a\x6c\xfc\x9c\x46'], TORCH],
  [0, ['\x80\x02', '\x80\x03', '\x80\x04\x95', '\x80\x05\x95'], PICKLE],
  [0, ['\x08\x01\x12'], PROTOBUF],
  [0, startsOfOnnx(), ONNX],
  [0, ['\x1f\x8b', '\x28\xb5\x2f\xfd', '\xfd7zXZ\0', '7z\xbc\xaf\x27\x1c', 'BZh'], COMPRESSED],
  [257, ['ustar'], TAR],
]

/** Kinds of text by their beginning. The last pattern matches any text. */
const TEXTS: readonly (readonly [beginning: RegExp, kind: Kind])[] = [
  [
    /^version https:\/\/git-lfs/,
    { what: 'a pointer of Git LFS to a file that was not downloaded', fix: 'Get the file: git lfs pull.' },
  ],
  [/^\s*<(!doctype html|html)/i, { what: 'a web page', fix: 'Where it came instead of a file, download that file.' }],
  [
    /^\s*\{[^]*"weight_map"/,
    { what: 'the index of a model that is in several files', fix: 'Choose one of the files that it names.' },
  ],
  [
    /^\s*[[{]/,
    {
      what: 'JSON',
      fix: "Of an array of numbers, in Python: numpy.save('x.npy', numpy.array(json.load(open(file)), 'float32')).",
    },
  ],
  [
    /^/,
    {
      what: 'text',
      fix: "Of a table of numbers, in Python: numpy.save('x.npy', numpy.loadtxt(file, delimiter=',')).",
    },
  ],
]

const EXTENSIONS: readonly (readonly [extensions: RegExp, kind: Kind])[] = [
  [/\.npz$/i, zipOfArrays([])],
  [/\.(pt|pth|ckpt)$/i, TORCH],
  [/\.keras$/i, KERAS],
  [/\.(h5|hdf5)$/i, HDF5],
  [/\.mat$/i, MATLAB],
  [/\.gguf$/i, GGUF],
  [/\.onnx$/i, ONNX],
  [/\.pb$/i, PROTOBUF],
  [/\.tflite$/i, TFLITE],
  [/\.(pkl|pickle|joblib)$/i, PICKLE],
  [/\.(parquet|arrow|feather)$/i, TABLE],
  [/\.(bin|raw|dat)$/i, RAW],
  [/\.svgz?$/i, SVG],
]

/** Identifies a file by its content. @param beginning at least the first 4 KiB @returns undefined for an unknown kind */
export async function kindByContent(file: File, beginning: Uint8Array): Promise<Kind | undefined> {
  if (isZip(beginning)) return kindOfZip(await readZipNames(file))
  const start = String.fromCharCode(...beginning.subarray(0, 512))
  const [, , known] = SIGNATURES.find(([at, signatures]) => signatures.some(one => start.startsWith(one, at))) ?? []
  if (known !== undefined) return known
  const text = file.type.startsWith('image/') ? undefined : readText(beginning.subarray(0, 4096))
  return text === undefined ? undefined : TEXTS.find(([pattern]) => pattern.test(text))?.[1]
}

/** Identifies a file by its extension. */
export function kindByName(name: string): Kind | undefined {
  return EXTENSIONS.find(([extension]) => extension.test(name))?.[1]
}

/** The beginnings of ONNX files: field 1 with a version from 3 on, then the producer in field 2 or the graph in field 7. */
function startsOfOnnx(): string[] {
  const versions = Array.from({ length: 29 }, (_, i) => 3 + i)
  return versions.flatMap(version => [0x12, 0x3a].map(field => String.fromCharCode(0x08, version, field)))
}

function kindOfZip(names: readonly string[]): Kind {
  if (names.length > 0 && names.every(name => name.endsWith('.npy'))) return zipOfArrays(names)
  if (names.some(name => /(^|\/)data\.pkl$/.test(name))) return TORCH
  if (names.some(name => name.endsWith('.weights.h5'))) return KERAS
  return { what: `a zip archive${namesOf(names)}`, fix: 'Unzip it, and choose one of its files.' }
}

function zipOfArrays(names: readonly string[]): Kind {
  const name = JSON.stringify(names[0]?.replace(/\.npy$/, '') ?? 'name of an array')
  return {
    what: `a zip of .npy files${namesOf(names)}`,
    fix: `Unzip it and choose one of them, or save one in Python: numpy.save('x.npy', numpy.load(file)[${name}]).`,
  }
}

function namesOf(names: readonly string[]): string {
  if (names.length === 0) return ''
  const more = names.length > 3 ? ` and ${names.length - 3} more` : ''
  return ` (${names.slice(0, 3).map(shorten).join(', ')}${more})`
}

/** Decodes UTF-8 that may end within a character; undefined for other bytes. */
function readText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return /[^\P{Cc}\t\n\f\r]/u.test(text) ? undefined : text
  } catch {
    return undefined
  }
}
