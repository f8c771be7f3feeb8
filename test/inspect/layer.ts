import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import { type Columns, columnsOf, defaultAxis, MOST_CHANNELS } from '../../demo/inspect/columns.ts'
import { FileError } from '../../demo/input/input.ts'
import type { ListedTensor } from '../../demo/input/safetensors.ts'
import { describeTensor, readRowMajor } from '../../demo/input/tensor.ts'
import { listTensors } from '../../demo/input/tensor-file.ts'
import { formatWhole, shorten } from '../../demo/support/format.ts'
import { UsageError } from '../tools/command-line.ts'
import type { Options } from './options.ts'

/** A tensor of a file, with its channels in columns. */
export interface Layer {
  readonly file: string
  /** The name in a .safetensors; empty in a .npy. */
  readonly tensor: string
  readonly type: string
  readonly shape: readonly number[]
  /** Undefined where all elements are one channel. */
  readonly axis: number | undefined
  readonly columns: Columns
  /** `model.safetensors, layers.0.weight, float16, 4 × 3`. */
  readonly title: string
}

/** Reads the tensor that a command line names. @throws FileError, UsageError */
export async function readLayer({ file: path, tensor: wanted, axis: given }: Options): Promise<Layer> {
  const name = basename(path)
  // A file may be larger than the memory.
  const file = new File([await openAsBlob(path)], name)
  const tensors = await listTensors(file)
  if (tensors === undefined) {
    throw new FileError(`${name} is no .npy and no .safetensors. Save the layer by numpy.save or safetensors.`)
  }
  const { name: tensor, tensor: stored } = choose(name, tensors, wanted)
  const title = `${tensor === '' ? name : `${name}, ${tensor}`}, ${describeTensor(stored!)}`
  const { type, shape } = stored!
  const axis = resolveAxis(title, shape, given)
  const values = await readRowMajor(file, title, stored!)
  return { file: name, tensor, type, shape, axis, columns: columnsOf({ values, shape }, axis), title }
}

function choose(file: string, tensors: readonly ListedTensor[], wanted: string | undefined): ListedTensor {
  if (wanted === undefined) return tensors.find(({ tensor }) => tensor !== undefined)!
  const refuse = (rule: string): never => {
    throw new UsageError(`--tensor ${JSON.stringify(wanted)}: ${rule}.`)
  }
  const found = tensors.find(({ name }) => name === wanted)
  if (found?.tensor !== undefined && wanted !== '') return found
  if (found !== undefined && wanted !== '') return refuse(`${file} has it as ${found.description}`)
  if (tensors.length === 1 && tensors[0]!.name === '')
    return refuse(`${file} is a .npy, which holds one without a name`)
  const names = tensors.filter(({ tensor }) => tensor !== undefined).map(({ name }) => shorten(name))
  const more = names.length > 20 ? ` and ${names.length - 20} more` : ''
  return refuse(`in ${file} there is ${names.slice(0, 20).join(', ')}${more}`)
}

/** The axis of the channels, from 0. @throws UsageError */
function resolveAxis(title: string, shape: readonly number[], given: number | undefined): number | undefined {
  const axis = given === undefined || given >= 0 ? (given ?? defaultAxis(shape)) : shape.length + given
  if (axis === undefined) return undefined
  const refuse = (rule: string): never => {
    throw new UsageError(`--axis ${given ?? axis}: ${title}, ${rule}.`)
  }
  if (shape[axis] === undefined) {
    refuse(
      shape.length < 2
        ? `has ${shape.length === 0 ? 'no axis' : 'axis 0 alone'}`
        : `has the axes 0 to ${shape.length - 1}`,
    )
  }
  if (shape[axis]! > MOST_CHANNELS) {
    refuse(
      `has ${formatWhole(shape[axis]!)} channels along that axis, and ${formatWhole(MOST_CHANNELS)} at most are told apart`,
    )
  }
  return axis
}
