import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { useActivations } from '../../../src/tensorflow.ts'
import { openTensorFlow } from '../../support/tensorflow.ts'

// Titles and cases are TensorFlow.js's.
// oxlint-disable vitest/valid-title, vitest/no-conditional-tests, vitest/valid-describe-callback

// TensorFlow.js's own specification of the operations, which its package has, with our kernels in.

const require = createRequire(import.meta.url)
const FILES = 'relu binary_ops relu6 leaky_relu elu selu sigmoid tanh softplus log_sigmoid'.split(' ')

let restore: () => void
let tensorPrototype: object

beforeAll(async () => {
  await openTensorFlow()
  restore = useActivations(tf)
  // A case calls the operation as a method, which the package adds in a module that Node cannot import.
  // The first copy of TensorFlow.js in a process makes the tensors of all copies.
  tensorPrototype = Object.getPrototypeOf(tf.tidy(() => tf.scalar(0))) as object
  Object.defineProperty(tensorPrototype, 'prelu', {
    configurable: true,
    value(this: tf.Tensor, alpha: tf.Tensor) {
      return tf.prelu(this, alpha)
    },
  })
})
beforeEach(() => tf.engine().startScope())
afterEach(() => tf.engine().endScope())
afterAll(() => {
  restore()
  Reflect.deleteProperty(tensorPrototype, 'prelu')
})

describe.each(FILES)('%s', file => {
  const path = require.resolve(`@tensorflow/tfjs-core/dist/ops/${file}_test.js`)
  const code = readFileSync(path, 'utf8')
    .replace(/^import .*$/gm, '')
    .replace(/^\/\/#.*$/gm, '')
  const define = (name: string, run: () => unknown): void => it(name, async () => void (await run()))
  // Of the binary operations, prelu.
  const describeWithFlags = (name: string, _: unknown, cases: () => void): void => {
    if (file !== 'binary_ops' || name === 'prelu') describe(name, cases)
  }
  const given = {
    tf,
    backend: tf.backend,
    ...tf.test_util,
    util: tf.util,
    selu_util: tf.backend_util,
    ALL_ENVS: {},
    describeWithFlags,
    describe,
    it: define,
    expect,
  }
  // oxlint-disable-next-line typescript/no-implied-eval
  new Function(...Object.keys(given), code)(...Object.values(given))
})
