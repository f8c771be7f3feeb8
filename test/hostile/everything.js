// @ts-check
// Uses all that does without a GPU. It imports nothing, for it is handed over as text: to other realms, and to other processes.

/** @import * as Library from '../../src/index.ts' */
/** @import { Dispatcher, Report } from '../../src/index.ts' */

/**
 * What is wrong: results, and errors that have no code of the library.
 *
 * @param {typeof Library} library
 * @returns {Promise<{ wrong: string[], report: Report }>}
 */
export async function useEverything(library) {
  const { createDispatcher, gelu, leakyRelu, prelu, relu, swiglu, wgsl, ActivationsError } = library
  /** @type {string[]} */
  const wrong = []
  /** @type {(what: string, expected: string, compute: () => unknown) => Promise<void>} */
  const expectResult = async (what, expected, compute) => {
    let found
    try {
      found = String(await compute())
    } catch (error) {
      found = error instanceof ActivationsError ? error.code : `untyped ${String(error)}`
    }
    if (found !== expected) wrong.push(`${what} gives ${found}, not ${expected}`)
  }
  /** @type {(name: string) => any} */
  const find = name => {
    try {
      return Reflect.get(globalThis, name) ?? undefined
    } catch {
      return undefined
    }
  }
  const [Controller, isSignalKnown] = [find('AbortController'), find('AbortSignal') !== undefined]
  /** @type {(dispatcher: Dispatcher) => Promise<void>} */
  const compute = async dispatcher => {
    const [x, dy] = [Float32Array.of(-1, 2), Float32Array.of(3, 4)]
    const half = Uint16Array.of(0xbc00, 0x3c00)
    await expectResult('forward', '0,2', () => dispatcher.forward(relu(), x))
    await expectResult('backward', '0,4', () => dispatcher.backward(relu(), x, dy))
    await expectResult('leakyRelu', '-0.5,2', () => dispatcher.forward(leakyRelu({ alpha: 0.5 }), x))
    const learned = prelu({ alpha: [0.5, 0.25] })
    await expectResult('prelu', '-0.5,2', () => dispatcher.forward(learned, x))
    await expectResult('backwardAlpha', '-3,0', () => dispatcher.backwardAlpha(learned, x, dy))
    await expectResult('gelu', '-0.15865525603294373', async () => (await dispatcher.forward(gelu(), x))[0])
    await expectResult(
      'swiglu',
      '0',
      async () => (await dispatcher.forward(swiglu(), x.map(Number), new Float32Array(2)))[1],
    )
    await expectResult('f16', '0,15360', () => dispatcher.forward(relu(), half, { format: 'f16' }))
    await expectResult('i32', '0,7', () => dispatcher.forward(relu(), Int32Array.of(-7, 7)))
    await expectResult('mask', '2', async () => (await dispatcher.forward(relu(), x, { mask: true })).mask)
    await expectResult('from a mask', '0,4', () => dispatcher.backward(relu(), { mask: Uint32Array.of(2) }, dy))
    const out = dispatcher.allocate(2)
    await expectResult('into out', '0,2', () => dispatcher.forward(relu(), x, { out }))
    const long = new Float32Array(2 ** 17 + 1).fill(-1)
    await expectResult('long', '0', async () => (await dispatcher.forward(relu(), long, { transfer: true })).at(-1))
    await expectResult('no activation', 'invalid-argument', () => dispatcher.forward(/** @type {any} */ (relu), x))
    await expectResult('no array', 'invalid-array', () => dispatcher.forward(relu(), /** @type {any} */ ([1])))
    await expectResult('no signal', 'invalid-argument', () =>
      dispatcher.forward(relu(), x, /** @type {any} */ ({ signal: {} })),
    )
    if (Controller !== undefined) {
      const controller = new Controller()
      const options = { signal: controller.signal }
      const verdict = isSignalKnown ? '0,2' : 'invalid-argument'
      await expectResult('with a signal', verdict, () => dispatcher.forward(relu(), x, options))
      controller.abort('enough')
      const reason = await dispatcher.forward(relu(), x, options).catch((/** @type {unknown} */ thrown) => thrown)
      const isRight = isSignalKnown
        ? reason === 'enough'
        : reason instanceof ActivationsError && reason.message.includes('there is no AbortSignal here')
      if (!isRight) wrong.push(`aborted gives ${String(reason)}`)
    }
    const listener = () => wrong.push('nothing happened, and it is told')
    dispatcher.addEventListener('fallback', listener)
    dispatcher.removeEventListener('fallback', listener)
    dispatcher.destroy()
    await expectResult('destroyed', 'destroyed', () => dispatcher.forward(relu(), x))
    await expectResult('destroyed allocate', 'destroyed', () => dispatcher.allocate(1))
  }
  const cpu = await createDispatcher({ processor: 'cpu' })
  const { report } = cpu
  await compute(cpu)
  const auto = await createDispatcher({ processor: 'auto', worker: true, timeLimit: 5000 })
  await expectResult('auto', '0,2', () => auto.forward(relu(), Float32Array.of(-1, 2)))
  const device = /** @type {any} */ ({
    createComputePipeline() {},
    queue: { submit() {} },
    limits: { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 },
    lost: new Promise(() => {}),
  })
  const failing = await createDispatcher({ processor: 'webgpu', device, timeLimit: 5000 })
  let told = 0
  failing.addEventListener('fallback', () => void told++)
  await expectResult('a device that fails', '0,2', () => failing.forward(relu(), Float32Array.of(-1, 2)))
  const canTell = find('Event') !== undefined && find('EventTarget') !== undefined
  await expectResult('what it tells', canTell ? '1,1' : '1,0', () => [failing.report.fallbacks, told])
  await expectResult('webgpu', 'webgpu-unavailable', () => createDispatcher({ processor: 'webgpu' }))
  await expectResult('wgsl', 'true', () => wgsl(gelu()).includes('fn gelu_backward'))
  return { wrong, report }
}
