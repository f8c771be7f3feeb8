import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startWorker } from '../accuracy/processors.ts'
import { type AmdCompilers, driverEnvironment } from '../tools/lanes/drivers.ts'
import { CHIPS, mostWaves, operationsWithin } from './chips.ts'
import { type Kernel, kernelsOf, type Question } from './kernels.ts'
import type { Program } from './listing.ts'

export interface Task {
  readonly question: Question
  /** The file that gets the worker's standard error, and with it the driver's listings. */
  readonly file: string
}

export type Answer = { readonly adapter: string } | { readonly program: Program } | { readonly problem: string }

/** A kernel on a chip. */
export interface Row extends Omit<Kernel, 'program' | 'tensorBytes'>, Omit<Program, 'loop'> {
  readonly chip: string
  /** Vector operations of the common loop, for an element of y. */
  readonly operations: number
  /** Of these, those that take four times as long: transcendental ones, and multiplications of 32 bit integers. */
  readonly transcendental: number
  readonly slowInteger: number
  /** The bits of each load and store of the common loop. */
  readonly loads: readonly number[]
  readonly stores: readonly number[]
  readonly bytes: number
  readonly mostWaves: number
  /** The time of arithmetic relative to that of memory, by the published figures: above 1 arithmetic is the limit. */
  readonly arithmetic: number
}

export interface Compiled {
  /** The driver, with its version. */
  readonly driver: string
  readonly rows: readonly Row[]
}

const ELEMENTS = 4
const SLOW = 4

/** Has Mesa compile kernels for a chip. @throws Error where it cannot, or the listing is not understood */
export async function compileFor(
  { driver, shim }: AmdCompilers,
  question: Question,
  onRow: (done: number, all: number) => void = () => {},
): Promise<Compiled> {
  const folder = mkdtempSync(join(tmpdir(), 'isa-'))
  const file = join(folder, 'listing.txt')
  const stderr = openSync(file, 'a')
  const environment = {
    ...driverEnvironment(driver),
    AMDGPU_GPU_ID: question.chip,
    LD_PRELOAD: shim,
    RADV_DEBUG: 'asm,shaderstats,nocache',
  }
  const worker = startWorker<Task, Answer>('../isa/worker.ts', environment, stderr)
  try {
    worker.ask({ question, file })
    const kernels = kernelsOf(question)
    const rows: Row[] = []
    let adapter = ''
    for await (const answer of worker.answers()) {
      if ('problem' in answer) throw new Error(`${question.chip}: ${answer.problem}`)
      if ('adapter' in answer) adapter = answer.adapter
      else {
        rows.push(rowOf(question.chip, kernels[rows.length]!, answer.program))
        onRow(rows.length, kernels.length)
      }
    }
    if (rows.length !== kernels.length) throw new Error(`${question.chip}: ${rows.length} of ${kernels.length} kernels`)
    return { driver: adapter, rows }
  } finally {
    worker.stop()
    closeSync(stderr)
    rmSync(folder, { recursive: true })
  }
}

function rowOf(name: string, kernel: Kernel, { loop, ...program }: Program): Row {
  const { activation, direction, format, parts, tensorBytes } = kernel
  const chip = CHIPS.find(each => each.name === name)!
  const accessed = [...loop.loads, ...loop.stores].reduce((sum, bits) => sum + bits, 0) / 8 / ELEMENTS
  // Compilers drop the load of what decides nothing.
  const bytes = Math.min(tensorBytes, accessed)
  const [operations, transcendental, slowInteger] = [loop.vector, loop.transcendental, loop.slowInteger].map(
    number => number / ELEMENTS,
  ) as [number, number, number]
  const cycles = operations + (SLOW - 1) * (transcendental + slowInteger)
  return {
    chip: name,
    activation,
    direction,
    format,
    parts,
    operations,
    transcendental,
    slowInteger,
    loads: loop.loads,
    stores: loop.stores,
    bytes,
    ...program,
    mostWaves: mostWaves(chip),
    arithmetic: bytes === 0 ? 0 : cycles / operationsWithin(chip, bytes),
  }
}
