import { FileError } from './input.ts'
import { isNpy, NPY_BEGINNING, parseNpy } from './npy.ts'
import { kindByContent } from './other-files.ts'
import { isSafetensors, type ListedTensor, listSafetensors } from './safetensors.ts'
import { describeTensor } from './tensor.ts'

/**
 * Lists the tensors of a .npy or a .safetensors, identified by its content; at least one of them can be read.
 *
 * @returns undefined where the file may be a picture
 * @throws FileError that names the file's kind or its fault
 */
export async function listTensors(file: File): Promise<readonly ListedTensor[] | undefined> {
  const { name, size } = file
  if (size === 0) throw new FileError(`${name} is empty. Save or copy it again.`)
  const beginning = new Uint8Array(await file.slice(0, NPY_BEGINNING).arrayBuffer())
  const [named] = /\.(npy|safetensors)$/.exec(name.toLowerCase()) ?? []
  if (isNpy(beginning)) return listNpy(name, beginning, size)
  if (isSafetensors(beginning, size)) return listSafetensors(name, file)
  const kind = await kindByContent(file, beginning)
  if (kind !== undefined) {
    const is = named === undefined ? 'is' : `is not a ${named} file: it is`
    throw new FileError(`${name} ${is} ${kind.what}. ${kind.fix}`)
  }
  if (named === '.safetensors') return listSafetensors(name, file)
  return named === '.npy' ? listNpy(name, beginning, size) : undefined
}

function listNpy(name: string, beginning: Uint8Array, size: number): readonly ListedTensor[] {
  const tensor = parseNpy(name, beginning, size)
  return [{ name: '', description: describeTensor(tensor), tensor }]
}
