import { deflateRawSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { FileError } from '../../demo/input/input.ts'
import { kindByName } from '../../demo/input/other-files.ts'
import { listTensors } from '../../demo/input/tensor-file.ts'
import { float32Bytes, npy, png, safetensors, tensorFile } from './files.ts'

const file = (name: string, bytes: Buffer | string, type = '') => {
  return new File([typeof bytes === 'string' ? bytes : new Uint8Array(bytes)], name, { type })
}
const bytes = (latin1: string, length = 64): Buffer =>
  Buffer.concat([Buffer.from(latin1, 'latin1'), Buffer.alloc(length)])
/** An archive of NumPy's with other names in it, of 11 letters. */
const zip = (name: string): Buffer =>
  Buffer.from(tensorFile('arrays.npz').toString('latin1').replaceAll('weights.npy', name), 'latin1')

test.each([
  ['a.npz', tensorFile('arrays.npz'), 'a.npz is a zip of .npy files (weights.npy, bias.npy). Unzip it and choose one'],
  ['a.npz', tensorFile('compressed.npz'), `or save one in Python: numpy.save('x.npy', numpy.load(file)["weights"]).`],
  ['a.npz', tensorFile('arrays.npz').subarray(0, 100), 'a.npz is a zip of .npy files (weights.npy).'],
  ['a.npy', tensorFile('arrays.npz'), 'a.npy is not a .npy file: it is a zip of .npy files (weights.npy, bias.npy).'],
  [
    'a.pt',
    zip('ab/data.pkl'),
    'a.pt is a file of torch.save. In Python, of a state_dict: safetensors.torch.save_file(',
  ],
  ['a.bin', bytes('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19'), 'a.bin is a file of torch.save'],
  ['a.keras', zip('.weights.h5'), 'a.keras is an archive of Keras. In Python: numpy.save('],
  ['a.docx', zip('[types].xml'), 'a.docx is a zip archive ([types].xml, bias.npy). Unzip it'],
  ['a.zip', bytes('PK\x05\x06', 18), 'a.zip is a zip archive. Unzip it'],
  ['a.h5', bytes('\x89HDF\r\n\x1a\n'), "a.h5 is an HDF5 file. In Python: numpy.save('x.npy', h5py.File("],
  ['a.mat', bytes('MATLAB 7.3 MAT-file, Platform: GLNXA64'), 'a.mat is an HDF5 file.'],
  ['a.mat', bytes('MATLAB 5.0 MAT-file, Platform: GLNXA64'), 'a.mat is a file of MATLAB.'],
  ['a.gguf', bytes('GGUF\x03'), 'a.gguf is a GGUF. In Python, of a tensor that is not quantized'],
  ['a.tflite', bytes('\x1c\0\0\0TFL3'), 'a.tflite is a model of TensorFlow Lite.'],
  ['a.onnx', bytes('\x08\x07\x12\x07pytorch'), 'a.onnx is a model of ONNX. In Python: numpy.save('],
  ['saved_model.pb', bytes('\x08\x01\x12\xd0\x0f'), 'saved_model.pb is a file of Protocol Buffers, as TensorFlow and'],
  ['a.pkl', bytes('\x80\x04\x95\x0b\0\0\0\0\0\0\0]'), 'a.pkl is a pickle, which may run any program'],
  ['a.npy', bytes('\x80\x03cnumpy.core.multiarray\n'), 'a.npy is not a .npy file: it is a pickle'],
  ['a.parquet', bytes('PAR1\x15'), 'a.parquet is a table of Parquet or Arrow.'],
  ['a.npy.gz', gzipSync('x'), 'a.npy.gz is compressed. Decompress it'],
  ['a.safetensors', gzipSync('x'), 'a.safetensors is not a .safetensors file: it is compressed'],
  ['a.tar', Buffer.concat([bytes('a.npy', 252), bytes('ustar\0')]), 'a.tar is a tar archive.'],
  [
    'a.csv',
    '1,2\n3,4\n',
    "a.csv is text. Of a table of numbers, in Python: numpy.save('x.npy', numpy.loadtxt(file, del",
  ],
  ['a.txt', `${'x'.repeat(4095)}é`, 'a.txt is text.'],
  ['a.npy', 'noise', 'a.npy is not a .npy file: it is text.'],
  ['a.json', ' [[1, 2]]', 'a.json is JSON. Of an array of numbers'],
  [
    'm.safetensors.index.json',
    '{"metadata": {}, "weight_map": {}}',
    'is the index of a model that is in several files.',
  ],
  ['a.safetensors', '<!DOCTYPE html>\n<p>404', 'a.safetensors is not a .safetensors file: it is a web page.'],
  [
    'a.safetensors',
    'version https://git-lfs.github.com/spec/v1\noid',
    'it is a pointer of Git LFS to a file that was not',
  ],
  ['a.safetensors', safetensors('{}').subarray(0, 9), 'a.safetensors is cut short: its header needs 2 bytes, and 1'],
  [
    'a.safetensors',
    bytes('\xff\xff\xff\xff\xff\xff\xff\xff'),
    'begins with a header of 18446744073709551615 bytes, if it',
  ],
  ['a.NPY', bytes('\xff\xfe'), 'a.NPY is not a .npy file. Save it again: numpy.save('],
  ['a.npy', '', 'a.npy is empty.'],
])('a file that is no input is called what it is: %s', async (name, content, message) => {
  await expect(listTensors(file(name, content))).rejects.toThrow(FileError)
  await expect(listTensors(file(name, content))).rejects.toThrow(message)
})

test('a tensor is known by what is in it, whatever it is called', async () => {
  const array = npy(float32Bytes([1, -2]), '(2,)')
  const model = safetensors({ x: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }, float32Bytes([1, -2]))
  for (const name of ['a.npy', 'a.safetensors', 'a.png', 'a']) {
    expect(await listTensors(file(name, array))).toMatchObject([{ description: 'float32, 2', tensor: { shape: [2] } }])
    expect(await listTensors(file(name, model))).toMatchObject([{ name: 'x', description: 'float32, 2' }])
  }
})

test('what may be a picture is left to the browser', async () => {
  const maybe: [string, Buffer | string, string][] = [
    ['a.png', png(1, 1, () => [0, 0, 0]), 'image/png'],
    ['a.png', 'noise', 'image/png'],
    ['a.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml'],
    ['a.bin', deflateRawSync(Buffer.alloc(1e4, 'xyz')), ''],
  ]
  for (const [name, content, type] of maybe) expect(await listTensors(file(name, content, type))).toBeUndefined()
})

test('a file that nothing else tells of is called what its name says', () => {
  const kinds: [string, string][] = [
    ['a.npz', 'a zip of .npy files'],
    ['a.PT', 'a file of torch.save'],
    ['a.keras', 'an archive of Keras'],
    ['a.h5', 'an HDF5 file'],
    ['a.onnx', 'a model of ONNX'],
    ['a.gguf', 'a GGUF'],
    ['a.pkl', 'a pickle'],
    ['a.pb', 'a file of Protocol Buffers'],
    ['a.bin', 'raw data, which'],
    ['a.svg', 'an SVG, which has no pixels'],
  ]
  for (const [name, what] of kinds) expect(kindByName(name)?.what).toContain(what)
  expect(kindByName('npz')).toBeUndefined()
})
