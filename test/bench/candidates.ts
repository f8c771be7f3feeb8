import { idOf, make, type Subject } from '../accuracy/subjects.ts'
import { createCopy, type RecordCopy } from '../../demo/measure/copy.ts'
import { type AnyActivation, type GluActivation, isGlu } from '../../src/activations/support/glu-activation.ts'
import { Grid } from '../../src/gpu/plan/grid.ts'
import { BYTES_PER_ELEMENT } from '../../src/support/formats.ts'
import type { Kernels } from '../../src/index.ts'
import { here, type Library, libraryIn } from './library.ts'
import type { Question } from './question.ts'
import type { Tensors, TensorSet } from './tensors.ts'

/** A kernel of the library, or a copy. */
export interface Candidate {
  readonly activation: string
  readonly direction: 'forward' | 'backward' | 'forward-masked' | 'backward-from-mask' | 'read'
  readonly bytesPerElement: number
  /** The baseline: the copy that reads and writes as many tensors, or nearly as many. A copy has none. */
  readonly copy?: Candidate
  /** The same kernel of an older version. */
  readonly before?: Candidate
  readonly record: (pass: GPUComputePassEncoder, set: TensorSet) => void
}

/** Compiles the copies, then the kernels of each activation, and each after the one of an older version. */
export async function candidatesOf(device: GPUDevice, question: Question, tensors: Tensors): Promise<Candidate[]> {
  const { format, against } = question
  const older = against === undefined ? undefined : await libraryIn(against)
  const kernels = await prepared(device, here, question)
  const kernelsBefore = older && (await prepared(device, older, question))
  // After `prepare`, which may change the order of both.
  const copies = await copiesOf(device, BYTES_PER_ELEMENT[format], tensors)
  const own = kernelsOf(kernels, here, question, copies)
  const before = older && kernelsBefore ? kernelsOf(kernelsBefore, older, question, copies) : []
  const paired = own.flatMap(candidate => {
    const { activation, direction } = candidate
    const found = before.find(each => each.activation === activation && each.direction === direction)
    return found === undefined ? [candidate] : [found, { ...candidate, before: found }]
  })
  return [...copies, ...paired]
}

async function prepared(device: GPUDevice, library: Library, { subjects, format }: Question): Promise<Kernels> {
  const kernels = library.createKernels(device)
  const made = subjects.map(library.make).filter(activation => activation !== undefined)
  await kernels.prepare(made, { format })
  return kernels
}

function kernelsOf(
  kernels: Kernels,
  library: Library,
  { subjects, format, masks, columns }: Question,
  [copy, copyOfTwo]: readonly [Candidate, Candidate],
): Candidate[] {
  const width = BYTES_PER_ELEMENT[format]
  const all: Candidate[] = []
  for (const subject of subjects) {
    const [name, activation] = [idOf(subject), library.make(subject)]
    if (activation === undefined) continue
    const add = (
      direction: Candidate['direction'],
      bytesPerElement: number,
      against: Candidate,
      record: Candidate['record'],
    ) => all.push({ activation: name, direction, bytesPerElement, copy: against, record })
    if (isPair(subject, activation)) {
      add('forward', 3 * width, copyOfTwo, (pass, { x, up, result }) =>
        kernels.forward(pass, activation, {
          gate: { buffer: x },
          up: { buffer: up },
          y: { buffer: result },
          format,
        }),
      )
      add('backward', 5 * width, copyOfTwo, (pass, { x, up, dy, result, other }) =>
        kernels.backward(pass, activation, {
          gate: { buffer: x },
          up: { buffer: up },
          dy: { buffer: dy },
          dGate: { buffer: result },
          dUp: { buffer: other },
          format,
        }),
      )
      for (const layout of columns === undefined ? [] : (['halves', 'interleaved'] as const)) {
        const packed = { columns: columns!, layout, format }
        const inOne = (direction: Candidate['direction'], bytesPerElement: number, record: Candidate['record']) =>
          all.push({ activation: `${name}, ${layout}`, direction, bytesPerElement, copy: copyOfTwo, record })
        inOne('forward', 3 * width, (pass, { pairs, result }) =>
          kernels.forward(pass, activation, { x: { buffer: pairs }, y: { buffer: result }, ...packed }),
        )
        inOne('backward', 5 * width, (pass, { pairs, dy, pairGradients }) =>
          kernels.backward(pass, activation, {
            x: { buffer: pairs },
            dy: { buffer: dy },
            dx: { buffer: pairGradients },
            ...packed,
          }),
        )
      }
      continue
    }
    add('forward', 2 * width, copy, (pass, { x, result }) =>
      kernels.forward(pass, activation, { x: { buffer: x }, y: { buffer: result }, format }),
    )
    add('backward', 3 * width, copyOfTwo, (pass, { x, dy, result }) =>
      kernels.backward(pass, activation, { x: { buffer: x }, dy: { buffer: dy }, dx: { buffer: result }, format }),
    )
    if (!masks || activation.gate === undefined) continue
    add('forward-masked', 2 * width + 1 / 8, copy, (pass, { x, result, mask }) =>
      kernels.forward(pass, activation, {
        x: { buffer: x },
        y: { buffer: result },
        mask: { buffer: mask },
        format,
      }),
    )
    add('backward-from-mask', 2 * width + 1 / 8, copy, (pass, { dy, result, mask }) =>
      kernels.backward(pass, activation, {
        mask: { buffer: mask },
        dy: { buffer: dy },
        dx: { buffer: result },
        format,
      }),
    )
  }
  return all
}

/** Tells whether an activation is a GLU. Those of an older version are known by the one here. */
function isPair(subject: Subject, made: AnyActivation): made is GluActivation {
  return isGlu(made) || isGlu(make(subject))
}

async function copiesOf(
  device: GPUDevice,
  width: number,
  { sets, bytes }: Tensors,
): Promise<readonly [Candidate, Candidate]> {
  // In the order of the library's kernels, which `prepare` may have changed.
  const grid = new Grid(device)
  const copy = await createCopy(device, 'copy', grid)
  const copyOfTwo = await createCopy(device, 'copy_of_two', grid)
  const one = new Map<TensorSet, RecordCopy>()
  const two = new Map<TensorSet, RecordCopy>()
  for (const set of sets) {
    one.set(set, copy(set.result, [set.x], bytes))
    two.set(set, copyOfTwo(set.result, [set.x, set.dy], bytes))
  }
  const candidate = (
    direction: 'forward' | 'backward',
    perElement: number,
    records: Map<TensorSet, RecordCopy>,
  ): Candidate => ({
    activation: 'copy',
    direction,
    bytesPerElement: perElement,
    record: (pass, set) => records.get(set)!(pass),
  })
  return [candidate('forward', 2 * width, one), candidate('backward', 3 * width, two)]
}
