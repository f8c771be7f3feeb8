import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { allSubjects, make, readId, type Subject } from '../accuracy/subjects.ts'
import { UsageError } from '../tools/command-line.ts'
import { hasSection } from '../tools/markdown-section.ts'
import type { Question } from './question.ts'

export const USAGE = `Usage: npm run bench -- gpu [options]
       npm run bench -- diagnostics [options]

Times the kernels of every activation from Node, with Dawn, on data that is on the GPU already: medians in milliseconds, all
kernels taking turns over tensors that no cache holds together, and relative to a copy that moves as many bytes. \`diagnostics\` times norms,
statistics and the gradient of prelu's slopes beside a sum of as many bytes, by default of relu. The clock is the
GPU's own where it has timestamps, else that of whole submissions.

  --processor NAME     lavapipe (default), swiftshader, or gpu: this machine's own
  --activations LIST   such as relu,gelu,elu-alpha=0.5 (default: all)
  --elements LIST      such as 1Mi,16Mi (default 16Mi)
  --format NAME        f32 (default), f16 or bf16
  --masks              times masks, and gradients from them, too
  --columns N          times GLUs of gate and up in one tensor, of so many columns of each, too
  --against DIR        times the kernels of another checkout too, which is built, in turns, and names those that take
                       more than 5 % longer here
  --runs N             timed runs of each kernel (default 31)
  --markdown           prints Markdown
  --json FILE          writes the figures there
  --write FILE         writes a table into a Markdown file, such as docs/speed.md
  --help               prints this
`

export interface Options {
  readonly question: Question
  readonly json: string | undefined
  /** The Markdown file whose section 'kernels' gets the table. */
  readonly write: string | undefined
  readonly markdown: boolean
  readonly help: boolean
}

/** @throws UsageError */
export function readOptions(words: readonly string[], kind: Question['kind'] = 'activations'): Options {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const options = {
    processor: text,
    activations: text,
    elements: text,
    format: text,
    runs: text,
    columns: text,
    against: text,
    json: text,
    write: text,
    masks: flag,
    markdown: flag,
    help: flag,
  }
  const values = parse()
  const refuse = (name: keyof typeof values, rule: string): never => {
    throw new UsageError(`--${name} ${JSON.stringify(values[name])}: ${rule}.`)
  }
  const { processor = 'lavapipe', elements = '16Mi', format = 'f32', runs = '31', masks = false } = values
  const names = ['lavapipe', 'swiftshader', 'gpu'] satisfies Question['processor'][] as string[]
  if (!names.includes(processor)) refuse('processor', `there is ${names.join(', ')}`)
  if (!['f32', 'f16', 'bf16'].includes(format)) refuse('format', 'there is f32, f16, bf16')
  const sizes = elements.split(',').map(word => readElements(word.trim()))
  if (sizes.some(size => size === undefined || size % 8 !== 0))
    refuse('elements', 'multiples of 8, such as 16Mi, are needed')
  const columns = values.columns === undefined ? undefined : Number(values.columns)
  if (columns !== undefined && !sizes.every(size => size! % columns === 0))
    refuse('columns', 'the elements need whole rows')
  if (values.write !== undefined && !hasSection(values.write, 'kernels')) {
    refuse('write', 'a Markdown file with <!-- begin kernels --> is needed')
  }
  const { against } = values
  if (against !== undefined && !existsSync(join(against, 'dist/index.js')))
    refuse('against', 'a checkout with dist/index.js is needed: npm run build')
  if (against !== undefined && kind === 'diagnostics') refuse('against', 'it is for kernels of activations')
  if (!/^[1-9]\d{0,3}$/.test(runs)) refuse('runs', 'a number from 1 to 9999 is needed')
  const question: Question = {
    kind,
    processor: processor as Question['processor'],
    subjects: subjectsOf(values.activations ?? (kind === 'diagnostics' ? 'relu' : undefined)),
    sizes: sizes as number[],
    format: format as Question['format'],
    masks,
    columns,
    runs: Number(runs),
    against,
  }
  const { json, write, markdown = false, help = false } = values
  return { question, json, write, markdown, help }

  function parse() {
    try {
      return parseArgs({ args: [...words], options }).values
    } catch (error) {
      throw new UsageError((error as Error).message)
    }
  }
}

/** Reads a number such as 16Mi, beyond what the page measures, too. */
export function readElements(text: string): number | undefined {
  const [, number, unit = ''] = /^([1-9]\d{0,9})(Ki|Mi|Gi)?$/.exec(text) ?? []
  return number === undefined ? undefined : Number(number) * 1024 ** ['', 'Ki', 'Mi', 'Gi'].indexOf(unit)
}

function subjectsOf(text: string | undefined): Subject[] {
  if (text === undefined) return allSubjects([readId('gelu-approximate=tanh')])
  const subjects = text.split(',').map(word => readId(word.trim()))
  for (const subject of subjects) {
    try {
      make(subject)
    } catch (error) {
      throw new UsageError(`--activations ${JSON.stringify(subject.name)}: ${(error as Error).message}`)
    }
  }
  return subjects
}
