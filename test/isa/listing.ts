/** The facts of RADV's listing about a program. Nothing of it was executed. */
export interface Program {
  /** Of the common loop, in which four elements take a turn. */
  readonly loop: Instructions
  /** Of the whole program, the rare path included. */
  readonly vgprs: number
  readonly sgprs: number
  /** The waves that a SIMD holds at once. */
  readonly waves: number
  readonly spills: number
  readonly scratchBytes: number
  readonly codeBytes: number
}

interface Instructions {
  readonly vector: number
  /** Of these, exp, log, reciprocals and roots, which take four times as long. */
  readonly transcendental: number
  /** Of these, multiplications of 32 bit integers, which take four times as long. */
  readonly slowInteger: number
  /** The bits of each load and store. */
  readonly loads: readonly number[]
  readonly stores: readonly number[]
}

interface Block {
  readonly name: string
  readonly instructions: readonly string[]
  readonly successors: readonly number[]
}

const TRANSCENDENTAL = /^v_(?:exp|log|rcp|rcp_iflag|rsq|sqrt|sin|cos)_f(?:16|32)/
const SLOW_INTEGER = /^v_(?:mul_lo|mul_hi|mad_u64|mad_i64)_/
const MEMORY = /^(?:buffer|global|flat)_(load|store)_(\w+)$/
const WIDTHS: Readonly<Record<string, number>> = {
  byte: 8,
  short: 16,
  dword: 32,
  dwordx2: 64,
  dwordx3: 96,
  dwordx4: 128,
}

/** Reads the listing of one pipeline. @throws Error where it is no whole listing, such as of two threads at once */
export function readListing(text: string): Program {
  const [, code = '', statistics = ''] = /disasm:\n([^]*?)\*\*\* SHADER STATS \*\*\*\n([^]*)/.exec(text) ?? []
  const read = (name: string): number => {
    const values = [...statistics.matchAll(new RegExp(`^${name}: (\\d+)$`, 'gm'))]
    if (values.length !== 1) throw new Error(`the listing has ${values.length} times ${JSON.stringify(name)}`)
    return Number(values[0]![1])
  }
  const blocks = blocksOf(code)
  const all = count(blocks)
  const inAll = [all.vector, all.loads.length + all.stores.length]
  const told = [read('VALU'), read('VMEM')]
  if (inAll.join() !== told.join())
    throw new Error(`the listing has ${inAll.join(' and ')} vector and memory operations of ${told.join(' and ')}`)
  return {
    loop: count(commonLoop(blocks)),
    vgprs: read('VGPRs'),
    sgprs: read('SGPRs'),
    waves: read('Subgroups per SIMD'),
    spills: read('Spilled SGPRs') + read('Spilled VGPRs'),
    scratchBytes: read('Scratch size'),
    codeBytes: read('Code size'),
  }
}

/**
 * The basic blocks of a program, in their order: as LLVM's disassembler prints them, or, for chips that it does not know, as
 * Mesa's compiler does.
 */
function blocksOf(code: string): Block[] {
  const parts: { name: string; instructions: string[]; targets: string[] }[] = []
  const begin = (name: string): void => void parts.push({ name, instructions: [], targets: [] })
  for (const line of code.split('\n')) {
    const label = /^(BB\d+):?$/.exec(line)?.[1]
    if (label !== undefined) begin(label)
    const part = parts.at(-1)
    if (part === undefined) continue
    const repeats = Number(/^\t\(then repeated (\d+) times\)/.exec(line)?.[1] ?? 0)
    part.instructions.push(...Array.from({ length: repeats }, () => part.instructions.at(-1)!))
    // Mesa prints what an instruction defines before it.
    const instruction = /^\t(?:.* = |\s*)([a-z]\w+)/.exec(line)?.[1]
    if (instruction === undefined) continue
    part.instructions.push(instruction)
    if (!instruction.startsWith('s_cbranch') && instruction !== 's_branch') continue
    const target = /\b(BB\d+)\b/.exec(line)?.[1]
    if (target === undefined) throw new Error(`a branch leads nowhere: ${line.trim()}`)
    part.targets.push(target)
    begin('')
  }
  return parts.map(({ name, instructions, targets }, i) => {
    const falls = !['s_branch', 's_endpgm'].includes(instructions.at(-1) ?? '') && i + 1 < parts.length
    const successors = targets.map(target => parts.findIndex(part => part.name === target))
    if (successors.includes(-1)) throw new Error(`a branch leads to ${targets.join()}, which is not there`)
    return { name, instructions, successors: falls ? [...successors, i + 1] : successors }
  })
}

/** The innermost loop that stores; a rare path has its stores outside of it. Empty where compilers see that nothing is changed. */
function commonLoop(blocks: readonly Block[]): readonly Block[] {
  if (count(blocks).stores.length === 0) return []
  const loops = new Map<number, Set<number>>()
  blocks.forEach(({ successors }, from) => {
    for (const header of successors.filter(to => to <= from)) {
      const body = loops.get(header) ?? new Set([header])
      loops.set(header, body)
      const waiting = [from]
      for (const at of waiting) {
        if (body.has(at)) continue
        body.add(at)
        blocks.forEach((block, i) => block.successors.includes(at) && waiting.push(i))
      }
    }
  })
  const storing = [...loops.values()]
    .map(body => [...body].map(i => blocks[i]!))
    .filter(body => count(body).stores.length > 0)
  const innermost = storing.filter(
    body => !storing.some(other => other !== body && other.every(block => body.includes(block))),
  )
  if (innermost.length !== 1) throw new Error(`the listing has ${innermost.length} innermost loops that store`)
  return innermost[0]!
}

function count(blocks: readonly Block[]): Instructions {
  const all = blocks.flatMap(({ instructions }) => instructions)
  const vector = all.filter(name => name.startsWith('v_'))
  const widths = (kind: string): number[] =>
    all.flatMap(name => {
      const [, direction, width = ''] = MEMORY.exec(name) ?? []
      return direction === kind ? [bitsOf(width)] : []
    })
  return {
    vector: vector.length,
    transcendental: vector.filter(name => TRANSCENDENTAL.test(name)).length,
    slowInteger: vector.filter(name => SLOW_INTEGER.test(name)).length,
    loads: widths('load'),
    stores: widths('store'),
  }
}

/** The bits of an access: RDNA 3 has the number in its name, others a word. */
function bitsOf(width: string): number {
  const bits = WIDTHS[width.replace(/^[us](?=byte|short)/, '')] ?? Number(/\d+$/.exec(width)?.[0])
  if (Number.isNaN(bits)) throw new Error(`the listing has an access of unknown width: ${width}`)
  return bits
}
