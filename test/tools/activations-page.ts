import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import * as library from '../../src/index.ts'
import type { Dispatcher } from '../../src/index.ts'

/** Where the page is. */
export const ACTIVATIONS_PAGE = fromRoot('docs/activations.md')

const INTRODUCTION = `<!-- npm run docs writes this page, from src/activations, shaders/activations and what they compute. -->

# Activations

An activation is a value, made by a call. Names follow WebNN. Defaults, gates and gradients at a kink follow PyTorch.
Parameters are rounded to float32. The values below are what the CPU computes in float32, with dy = 1;
[numeric-contract.md](numeric-contract.md) has the error bounds.

A *mask* is a bit for each element, from which \`backward\` gives dx without x. *From y* says whether \`backward\` can give dx
from what \`forward\` gave. Every function takes float32, float16 and bfloat16.
`

const INPUTS = [-Infinity, -3, -1, -0, 0, 1, 3, Infinity, NaN]

/** Parameters of functions that have no defaults, or are the identity with them. */
const EXAMPLES: Readonly<Record<string, object>> = {
  clamp: { minValue: -1, maxValue: 1 },
  threshold: { threshold: 1, value: 0 },
}

type Made = ReturnType<typeof library.relu> | ReturnType<typeof library.swiglu>

/** Everything that the page says of a function and that a dispatcher knows. */
interface Facts {
  readonly name: string
  /** The call with its defaults. */
  readonly call: string
  readonly values: readonly (readonly [title: string, values: readonly number[]])[]
  readonly atNaN: number
  readonly hasMask: boolean
  readonly hasFromY: boolean
  readonly hasIntegers: boolean
}

/** The page, as `npm run docs` writes it. */
export async function activationsPage(): Promise<string> {
  const dispatcher = await library.createDispatcher({ processor: 'cpu' })
  const facts: Facts[] = []
  for (const name of makerNames()) facts.push(await factsOf(name, dispatcher))
  dispatcher.destroy()
  const text = [INTRODUCTION, overview(facts), ...facts.map(sectionOf)].join('\n\n')
  return format(text, { ...(await resolveConfig(ACTIVATIONS_PAGE)), filepath: ACTIVATIONS_PAGE })
}

function makerNames(): string[] {
  const index = readFileSync(fromRoot('src/index.ts'), 'utf8')
  return [...index.matchAll(/^export \{ (\w+) \} from '\.\/activations\/\w+\.ts'$/gm)].map(match => match[1]!)
}

async function factsOf(name: string, dispatcher: Dispatcher): Promise<Facts> {
  const exports: Readonly<Record<string, unknown>> = library
  const make = exports[name] as (options?: object) => Made
  const example = EXAMPLES[name]
  const made = make(example)
  const x = Float32Array.from(INPUTS)
  const ones = x.map(() => 1)
  const can = (call: () => Promise<unknown>): Promise<boolean> =>
    call().then(
      () => true,
      () => false,
    )
  const call = example === undefined ? callOf(made) : `${name}({ ${Object.keys(example).join(', ')} })`
  const common = { name, call }
  if ('activation' in made) {
    const { dGate, dUp } = await dispatcher.backward(made, x, ones, ones)
    const y = await dispatcher.forward(made, x, ones)
    const values = Object.entries({ y, dGate, dUp }).map(([title, array]) => [title, [...array]] as const)
    return { ...common, values, atNaN: dGate.at(-1)!, hasMask: false, hasFromY: false, hasIntegers: false }
  }
  const [y, dx] = [await dispatcher.forward(made, x), await dispatcher.backward(made, x, ones)]
  return {
    ...common,
    values: [
      ['y', [...y]],
      ['dx', [...dx]],
    ],
    atNaN: dx.at(-1)!,
    hasMask: await can(() => dispatcher.forward(made, x, { mask: true })),
    hasFromY: await can(() => dispatcher.backward(made, { y }, ones)),
    hasIntegers: await can(() => dispatcher.forward(made, Int32Array.of(1))),
  }
}

function overview(facts: readonly Facts[]): string {
  const yes = (is: boolean): string => (is ? 'yes' : '')
  const lines = facts.map(({ name, call, atNaN, hasMask, hasFromY, hasIntegers }) => {
    const link = `[\`${call}\`](#${name.toLowerCase()})`
    return `| ${link} | ${numeral(atNaN)} | ${yes(hasMask)} | ${yes(hasFromY)} | ${yes(hasIntegers)} |`
  })
  return ['| call, with its defaults | dx at NaN | mask | from y | int32 |', '|---|---:|---|---|---|', ...lines].join(
    '\n',
  )
}

function sectionOf({ name, values }: Facts): string {
  const source = readFileSync(fromRoot(`src/activations/${name}.ts`), 'utf8')
  const input = values[0]![0] === 'y' && values.length === 3 ? 'gate, with up = 1' : 'x'
  const head = [`| ${input} | ${INPUTS.map(numeral).join(' | ')} |`, `|---|${INPUTS.map(() => '---:|').join('')}`]
  const table = [...head, ...values.map(([title, row]) => `| ${title} | ${row.map(numeral).join(' | ')} |`)]
  return [`## ${name}`, commentOf(name, source), table.join('\n'), ...kernelsOf(name, source)].join('\n\n')
}

/** The comment of a function, as Markdown: its text, its parameters and its errors. */
function commentOf(name: string, source: string): string {
  const before = source.slice(0, source.indexOf(`export function ${name}(`))
  const comment = before.slice(before.lastIndexOf('/**') + 3, before.lastIndexOf('*/'))
  const text = comment.replaceAll(/^\s*\* ?/gm, '').trim()
  return text
    .replace(/\n*^@param options /m, '\n\nOptions: ')
    .replace(/\n*^@throws (\w+) /m, '\n\nThrows an `$1` ')
    .replaceAll(/\{@link (\w+)\}/g, '`$1`')
}

/** How the kernels of a function begin. */
function kernelsOf(name: string, source: string): string[] {
  const files = [...source.matchAll(/shaders\/activations\/(\w+)\.wgsl/g)].map(match => match[1]!)
  return files
    .filter(file => file.startsWith(name))
    .flatMap(file => {
      const path = `shaders/activations/${file}.wgsl`
      const [comment = ''] = /^(\/\/.*\n)+/.exec(readFileSync(fromRoot(path), 'utf8')) ?? []
      return [`Kernel: [${file}.wgsl](../${path})`, `\`\`\`wgsl\n${comment}\`\`\``]
    })
}

/** The call that makes it, with numbers in the fewest digits that are the same float32. */
function callOf(made: Made): string {
  const text = String(made).replaceAll('"', "'")
  return text.replaceAll(/\d+\.\d{8,}/g, digits => String(Number(Number(digits).toPrecision(7))))
}

function numeral(value: number): string {
  return Object.is(value, -0) ? '-0' : String(Number(value.toPrecision(5)))
}

function fromRoot(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url))
}
