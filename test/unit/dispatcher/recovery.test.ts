import { expect, test } from 'vitest'
import { FIRST_ATTEMPT, type Failure, recoveryFrom } from '../../../src/dispatcher/recovery.ts'

const failure = (kind: 'lost' | 'memory' | 'other'): Failure => ({
  reason: kind,
  isDeviceLost: kind === 'lost',
  isOutOfMemory: kind === 'memory',
})
const MIB = 2 ** 20

/** All attempts of a call of tensors of so many bytes that fails of one kind every time, and the reason for the CPU. */
function attemptsOf(kind: 'lost' | 'memory' | 'other', bytes: number) {
  const attempts = [FIRST_ATTEMPT]
  for (;;) {
    const recovery = recoveryFrom(failure(kind), attempts.at(-1)!, bytes)
    if ('fallBack' in recovery) return { attempts, reason: recovery.fallBack }
    attempts.push(recovery.attempt)
  }
}

test('a lost device: two others, and then the CPU', () => {
  const { attempts, reason } = attemptsOf('lost', MIB)
  expect(attempts.map(({ losses }) => losses)).toEqual([0, 1, 2])
  expect(reason).toBe('lost')
})

test('no memory: the same chunks again, and then smaller ones while the tensors are larger', () => {
  const chunks = (bytes: number) => attemptsOf('memory', bytes).attempts.map(({ chunk }) => chunk)
  expect(chunks(64 * MIB)).toEqual([undefined, 4 * MIB, MIB, MIB / 4, MIB / 16])
  expect(chunks(MIB / 2)).toEqual([undefined, 4 * MIB, MIB / 4, MIB / 16])
  expect(chunks(4)).toEqual([undefined, 4 * MIB])
})

test('a device that is lost while there is no memory keeps its chunks', () => {
  expect(recoveryFrom(failure('lost'), { losses: 1, chunk: MIB }, MIB)).toEqual({ attempt: { losses: 2, chunk: MIB } })
})

test('anything else: the CPU', () => {
  expect(recoveryFrom(failure('other'), FIRST_ATTEMPT, MIB)).toEqual({ fallBack: 'other' })
})
