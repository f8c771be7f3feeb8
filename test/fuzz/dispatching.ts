import type { Activation } from '../../src/activations/support/activation.ts'
import type { GluActivation } from '../../src/activations/support/glu-activation.ts'
import type { Dispatcher } from '../../src/index.ts'
import { formulaOf, recordOf } from '../activations/lookup.ts'
import { bufferOf, offsetOf, type Words } from './arrays.ts'
import { type CallCase, formatOf, takesMask, tensorsOf, wordsFor } from './call.ts'
import { judge, type Outcome } from './outcome.ts'
import { expectPairBackward } from './pair-truth.ts'
import { together, type Verdict } from './recipe.ts'
import { lengthFor, maskNames, pairNames } from './subjects.ts'
import { exactForward, expectBackward, expectForward, type Given, maskOf } from './truth.ts'

/** What happens while the call is under way. */
export interface Meanwhile {
  /** Called at once after the call, with the arrays that it was given. */
  readonly act: (arrays: readonly Words[], abort: () => void) => Promise<void>
}

type Loose = Readonly<Record<string, (...given: unknown[]) => Promise<unknown>>>

/** Makes the call of a case, and expects what has to come of it. */
export async function dispatch(dispatcher: Dispatcher, call: CallCase, meanwhile?: Meanwhile): Promise<Outcome> {
  const { subject, direction, bits, homes, shape, broken, ruins, odd } = call
  const { length, fits } = lengthFor(subject.subject, call.length)
  const isBroken = (slot: CallCase['broken'][number]): boolean => broken.includes(slot)
  const format = formatOf(call)
  const isPair = pairNames.includes(subject.subject.name)
  const made = subject.recipe.make()
  const from = sourceOf(call, made)
  const names = tensorsOf({ ...call, from })

  // The tensors by the names of truth: x is there even where a mask or y stands for it.
  const words: Record<string, Words> = Object.fromEntries(
    (isPair ? ['gate', 'up', 'dy'] : ['x', 'dy']).map((name, i) => [name, wordsFor(format, bits[i]!, length, isPair)]),
  )
  const verdicts: Verdict[] = []
  const refuseIf = (isRefused: boolean): void => void (isRefused && verdicts.push('refused'))
  refuseIf(!fits)
  const standIn = direction === 'backward' && !isPair && from !== 'x'
  refuseIf(standIn && !tells(made as Activation, from))
  if (standIn && tells(made as Activation, from) && from === 'y')
    words['y'] = exactForward(subject.subject, format, words['x']!)
  words['y'] ??= words['x']!

  const arrays = Object.fromEntries(
    names.filter(name => name !== 'mask').map((name, i) => [name, homes[i]!.make()(words[name]!)]),
  )
  const mask = standIn && from === 'mask' && takesMask(call) ? maskOf(subject.subject, format, words['x']!) : undefined
  const given: Record<string, unknown> = { ...arrays }
  if (names.includes('mask')) given['mask'] = mask ?? new Uint32Array(length)

  const results = direction === 'forward' ? ['y'] : isPair ? ['dGate', 'dUp'] : ['dx']
  const { out, verdict: outVerdict } = targetsOf(call, results, arrays, words)
  verdicts.push(outVerdict)
  const wantsMask = direction === 'forward' ? call.mask : undefined
  refuseIf(wantsMask === true && !takesMask(call))
  const signal = call.signal.make()
  const options: Record<string, unknown> = {}
  const set = (name: string, value: unknown): void => void (value !== undefined && (options[name] = value))
  set('format', format === 'f16' || format === 'bf16' || length % 2 === 0 ? format : undefined)
  set('mask', wantsMask)
  set('transfer', call.transfer)
  set('signal', signal.signal)
  set('out', out)

  // What is wrong.
  const [first, last] = [names.find(name => name !== 'mask')!, names.at(-1)!]
  if (isBroken('first')) given[first] = ruins[0].make()(words[first]!)
  if (isBroken('last')) given[last] = ruins[1].make()(words[last]!)
  const isLonger = isBroken('length') && Object.keys(arrays).length > 1
  if (isLonger) given[last] = wordsFor(format, bits[0]!, length + 1, isPair)
  const isOutRuined = isBroken('out') && ruins[2].name !== 'undefined'
  if (isOutRuined) options['out'] = ruins[2].make()(words[first]!)
  if (isBroken('format')) options['format'] = odd.make()
  const isFlagOdd = isBroken('flag') && typeof odd.make() !== 'boolean'
  if (isFlagOdd) options['transfer'] = odd.make()
  if (isBroken('signal')) options['signal'] = odd.make()
  const effective = ['activation', 'first', 'last', 'format', 'signal', 'shape', 'extra'].some(slot =>
    isBroken(slot as 'first'),
  )
  refuseIf(effective || isLonger || isOutRuined || isFlagOdd)

  const dressed = (isBroken('shape') ? call.brokenShape : shape).make()(options)
  const source = standIn ? [{ [from]: given[from] }, given['dy']] : names.map(name => given[name])
  const all = [isBroken('activation') ? odd.make() : made, ...source, dressed]
  if (isBroken('extra')) all.splice(-1, 0, ruins[1].name === 'undefined' ? null : new Float32Array(1))

  const before = Object.entries(arrays).map(([name, array]) => [name, array, words[name]!.slice()] as const)
  const wasAborted = call.signal.verdict === 'either'
  const verdict = together(verdicts)
  const outcome = await judge(
    {
      // A signal that was aborted before ends a call that would be right.
      verdict: wasAborted ? 'refused' : meanwhile !== undefined && verdict === 'right' ? 'either' : verdict,
      ...(wasAborted && verdict === 'right' && { codes: [] }),
      throws: broken.length > 0,
      signal: signal.signal as AbortSignal | undefined,
    },
    async () => {
      const pending = (dispatcher as unknown as Loose)[direction]!.call(dispatcher, ...all)
      const [ended] = await Promise.allSettled([pending, meanwhile?.act(Object.values(arrays), signal.abort)])
      if (ended.status === 'rejected') throw ended.reason
      return ended.value
    },
    answer => {
      // What is done to an array may be done to the result in it.
      if (meanwhile !== undefined && out !== undefined) return
      expectAnswer({ subject: subject.subject, made, format, inputs: words }, call, answer, out)
    },
  )
  if (meanwhile === undefined) expectUnchanged(before, outcome === 'right' ? out : undefined)
  return outcome
}

/** What stands for x: y where it tells the gradient exactly, or not at all. */
function sourceOf({ from, subject }: CallCase, made: Activation | GluActivation): CallCase['from'] {
  const isInexact = from === 'y' && 'derivativeFromY' in made && made.derivativeFromY !== undefined
  return isInexact && recordOf(subject.subject.name).accuracy === 'bounded' ? 'x' : from
}

/** Whether y, or a mask, tells the gradient. */
function tells({ name, parameters }: Activation, from: 'y' | 'mask'): boolean {
  const { fromY } = formulaOf(name, parameters)
  return from === 'mask' ? maskNames.includes(name) : fromY !== undefined
}

function targetsOf(
  { target, homes }: CallCase,
  results: readonly string[],
  arrays: Readonly<Record<string, Words>>,
  words: Readonly<Record<string, Words>>,
): { readonly out: unknown; readonly verdict: Verdict } {
  const inputs = Object.values(arrays)
  const blank = (i: number): Words => homes[3 - i]!.make()(words['dy']!.map(() => 1))
  const named = (targets: readonly unknown[]): unknown =>
    results.length === 1 ? targets[0] : Object.fromEntries(results.map((name, i) => [name, targets[i]]).toReversed())
  switch (target) {
    case 'new':
      return { out: undefined, verdict: 'right' }
    case 'apart':
      return { out: named(results.map((_, i) => blank(i))), verdict: 'right' }
    case 'first':
      return { out: named([inputs[0], blank(1)]), verdict: 'right' }
    case 'last':
      return { out: named([inputs.at(-1), blank(1)]), verdict: 'right' }
    case 'view':
    case 'shifted':
      return viewOf(inputs[0]!, words['dy']!, target === 'shifted' ? 1 : 0, targets => named([targets, blank(1)]))
    case 'half named':
      return results.length === 1
        ? { out: { y: blank(0) }, verdict: 'refused' }
        : { out: { [results[0]!]: blank(0) }, verdict: 'refused' }
  }
}

/** Another view of the same memory, or of memory that begins so many elements later, where there is as much. */
function viewOf(
  array: Words,
  plain: Words,
  shift: number,
  named: (target: unknown) => unknown,
): { readonly out: unknown; readonly verdict: Verdict } {
  const [buffer, offset] = [bufferOf(array), offsetOf(array)]
  const View = plain.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => Words
  const start = offset + shift * plain.BYTES_PER_ELEMENT
  if (start + plain.byteLength > buffer.byteLength) return { out: undefined, verdict: 'right' }
  const overlaps = shift > 0 && plain.length > shift
  return { out: named(new View(buffer, start, plain.length)), verdict: overlaps ? 'refused' : 'right' }
}

function expectAnswer(given: Given, call: CallCase, answer: unknown, out: unknown): void {
  const results =
    call.direction === 'forward' ? ['y'] : pairNames.includes(given.subject.name) ? ['dGate', 'dUp'] : ['dx']
  const isMasked = call.direction === 'forward' && call.mask === true
  const named = (results.length === 1 && !isMasked ? { [results[0]!]: answer } : answer) as Record<string, Words>
  const wanted = (results.length === 1 ? { [results[0]!]: out } : (out ?? {})) as Record<string, unknown>
  for (const name of results) {
    if (wanted[name] !== undefined && wanted[name] !== named[name])
      throw new Error(`${name} is not the array that was given`)
  }
  // In an array that lies about itself they are looked at through another.
  const seen = Object.fromEntries(results.map(name => [name, plainOf(named[name]!, given.inputs['dy']!)]))
  if (call.direction === 'forward')
    expectForward(given, seen['y']!, isMasked ? (answer as { mask: Uint32Array }).mask : undefined)
  else if (results.length === 1) expectBackward(given, seen['dx']!)
  else expectPairBackward(given.subject, given.format, given.inputs, seen as never)
}

function plainOf(array: Words, like: Words): Words {
  const View = like.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => Words
  return new View(bufferOf(array), offsetOf(array), like.length)
}

/** Inputs are as they were, but where a result was to go over them. */
function expectUnchanged(before: readonly (readonly [name: string, array: Words, words: Words])[], out: unknown): void {
  const targets = out === undefined ? [] : ArrayBuffer.isView(out) ? [out] : Object.values(out as object)
  const written = new Set(targets.map(target => bufferOf(target)))
  for (const [name, array, words] of before) {
    if (written.has(bufferOf(array))) continue
    const [now, then] = [plainOf(array, words), words].map(
      ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
    ) as [Uint8Array, Uint8Array]
    if (now.some((byte, i) => byte !== then[i])) throw new Error(`${name} was changed`)
  }
}
