import { createContext, runInContext, Script } from 'node:vm'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import type * as library from '../../src/index.ts'
import { bundleLibrary } from './bundle.ts'
import { useEverything } from './everything.js'

// Engines that lack a global: older ones, worklets, engines of apps and of servers.

/** What the bundle may name as it is: the language, which every engine has; and WebAssembly where there are kernels. */
const LANGUAGE =
  `Array ArrayBuffer Atomics BigInt Boolean DataView Error Float32Array Float64Array Infinity Int32Array JSON Map Math NaN Number Object
Promise RangeError Reflect Set String Symbol TypeError Uint16Array Uint32Array Uint8Array WeakMap WeakSet WebAssembly
encodeURIComponent`.split(/\s+/)

/** What it looks for on globalThis: when it is loaded, and when it is used. */
const AT_IMPORT = ['Event', 'EventTarget']
const AT_RUN_TIME =
  `AbortSignal Blob DecompressionStream Event EventTarget FinalizationRegistry MessageChannel SharedArrayBuffer URL
WeakRef WebAssembly Worker atob clearTimeout navigator performance process setTimeout structuredClone`.split(/\s+/)

/** What else a platform may lack. */
const OTHERS = `AbortController DOMException Float16Array ReadableStream Response TextDecoder crypto
queueMicrotask`.split(/\s+/)

const { module, script } = await bundleLibrary()
const compiled = new Script(script)

interface Realm {
  readonly library: typeof library
  /** What was looked for on globalThis, in this realm's turn. */
  readonly looked: Set<string>
  readonly use: () => ReturnType<typeof useEverything>
}

/** The bundle in a realm of its own, which has what this one has of the platform. @param change what is done to it before */
function load(change: (global: object) => void = () => {}): Realm {
  const global = createContext() as Record<string, unknown>
  const own = runInContext('globalThis', global) as Record<string, unknown>
  const looked = new Set<string>()
  for (const name of [...AT_RUN_TIME, ...OTHERS]) {
    const value: unknown = own[name] ?? Reflect.get(globalThis, name)
    if (value === undefined) continue
    const get = (): unknown => (looked.add(name), value)
    Object.defineProperty(own, name, { configurable: true, get })
  }
  change(own)
  compiled.runInContext(global)
  const use = runInContext(`(${useEverything})`, global) as typeof useEverything
  const loaded = runInContext('library', global) as typeof library
  return { library: loaded, looked, use: () => use(loaded) }
}

test('the bundle names the language, and nothing else', () => {
  expect(freeNames(module)).toEqual(LANGUAGE)
})

// The build's target is ES2022: bundlers rewrite syntax, and leave methods as they are.
test('it calls no method that is newer than ES2022', () => {
  const newer = `findLast findLastIndex fromAsync groupBy isWellFormed toReversed toSorted toSpliced toWellFormed try withResolvers`
  expect(module.match(new RegExp(`\\.(?:${newer.replaceAll(' ', '|')})\\(`, 'g'))).toBeNull()
})

test('what it looks for when it is loaded, and when it is used', async () => {
  const { looked, use } = load()
  expect([...looked].toSorted()).toEqual(AT_IMPORT)
  looked.clear()
  const { wrong, report } = await use()
  expect(wrong).toEqual([])
  expect(report).toMatchObject({ cpu: { path: 'wasm' }, missing: [] })
  const tested = ['AbortController']
  // Node 20 has no navigator. Where there is one, it is looked for in vain: it has no gpu.
  const unused = ['Worker', ...(typeof navigator === 'undefined' ? ['navigator'] : [])]
  expect([...looked].filter(name => !tested.includes(name)).toSorted()).toEqual(
    AT_RUN_TIME.filter(name => !unused.includes(name)),
  )
})

type Change = (global: object, name: string) => unknown

/** How a global may be missing. */
const changes: readonly Change[] = [
  (global, name) => Reflect.deleteProperty(global, name),
  (global, name) => {
    const get = (): never => {
      throw new Error('It is not to be had.')
    }
    return Object.defineProperty(global, name, { configurable: true, get })
  },
  (global, name) => Object.defineProperty(global, name, { configurable: true, value: null }),
]

/** What costs something without a worker. */
const CHEAP = ['MessageChannel', 'SharedArrayBuffer', 'URL', 'Worker', 'navigator', 'process', 'structuredClone']
const COSTLY = AT_RUN_TIME.filter(name => !CHEAP.includes(name))

async function expectAllWithout(names: readonly string[], change: Change): Promise<void> {
  const { wrong, report } = await load(global => names.forEach(name => change(global, name))).use()
  expect(wrong).toEqual([])
  const missing = COSTLY.filter(name => names.includes(name))
  const named = report.missing.map(sentence => /^There is no (\w+): .+\.$/.exec(sentence)?.[1] ?? sentence)
  expect(named.toSorted()).toEqual(missing)
}

describe('it computes, and says what is missing, without', () => {
  const every = [...AT_RUN_TIME, ...OTHERS]
  // Each is missing in one way, and all of them in all ways.
  test.each(every.map((name, i) => [name, changes[i % changes.length]!] as const))('%s', (name, change) =>
    expectAllWithout([name], change),
  )
  test.each([
    ['setTimeout', 'clearTimeout'],
    ['Event', 'EventTarget'],
    ['WeakRef', 'FinalizationRegistry'],
  ])('%s and %s', (...names) => expectAllWithout(names, changes[0]!))
  test.each(changes.map((change, way) => [way, change] as const))('all of them, way %i', (_, change) =>
    expectAllWithout(every, change),
  )
})

// React Native has such, and no EventTarget that it would inherit from.
test('a polyfilled AbortSignal, which has no reason', async () => {
  class Polyfilled {
    #isAborted = false
    readonly #listeners = new Set<() => void>()
    get aborted(): boolean {
      return this.#isAborted
    }
    addEventListener(_: string, listener: () => void): void {
      this.#listeners.add(listener)
    }
    removeEventListener(_: string, listener: () => void): void {
      this.#listeners.delete(listener)
    }
    abort(): void {
      this.#isAborted = true
      for (const listener of this.#listeners) listener()
    }
  }
  const { library } = load(global => {
    const properties = { EventTarget: { value: undefined }, AbortSignal: { value: Polyfilled } }
    Object.defineProperties(global, properties)
  })
  const [early, late] = [new Polyfilled(), new Polyfilled()]
  const creating = library.createDispatcher({ processor: 'cpu', signal: late as unknown as AbortSignal })
  late.abort()
  await expect(creating).rejects.toMatchObject({ name: 'AbortError' })
  const dispatcher = await library.createDispatcher({ processor: 'cpu', signal: early as unknown as AbortSignal })
  early.abort()
  const call = dispatcher.forward(library.relu(), Float32Array.of(1), { signal: early as unknown as AbortSignal })
  await expect(call).rejects.toMatchObject({ name: 'AbortError' })
})

/** The identifiers of a program that nothing in it declares. */
function freeNames(code: string): string[] {
  const name = 'bundle.js'
  const file = ts.createSourceFile(name, code, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS)
  const host: ts.CompilerHost = {
    getSourceFile: wanted => (wanted === name ? file : undefined),
    getDefaultLibFileName: () => '',
    writeFile() {},
    getCurrentDirectory: () => '',
    getCanonicalFileName: wanted => wanted,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    fileExists: wanted => wanted === name,
    readFile: () => undefined,
  }
  const options = { allowJs: true, noLib: true, noResolve: true, types: [], target: ts.ScriptTarget.ES2022 }
  const checker = ts.createProgram([name], options, host).getTypeChecker()
  const free = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && isReference(node) && resolve(node) === undefined) free.add(node.text)
    ts.forEachChild(node, visit)
  }
  const resolve = (node: ts.Identifier): ts.Symbol | undefined =>
    checker.resolveName(node.text, node, ts.SymbolFlags.Value, false)
  visit(file)
  return [...free].toSorted()
}

/** Whether it stands for a value, and does not name a property. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isExportSpecifier(parent)) return false
  if (ts.isBindingElement(parent)) return parent.propertyName !== node
  const isNamed = ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent) || ts.isClassElement(parent)
  return !(isNamed && parent.name === node)
}
