// Environments of one function: one invocation each at a time, in turn, and a new one where one has died.
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { Environments } from '../../lib/local/environments.ts'
import type { Environment } from '../../lib/local/worker.ts'

interface Fake extends Environment {
  end: string | undefined
  closed: boolean
}
const fakes = (fault?: (n: number) => string | undefined) => {
  const made: Fake[] = []
  const start = async (): Promise<Environment> => {
    const reason = fault?.(made.length)
    if (reason !== undefined) throw new Error(reason)
    const fake: Fake = {
      end: undefined,
      closed: false,
      invoke: async () => ({ kind: 'returned', response: 'null' }),
      ended: () => fake.end,
      close: async () => {
        fake.closed = true
      },
    }
    made.push(fake)
    return fake
  }
  return { made, start }
}

test('each has one invocation at a time, and those who wait get theirs in turn', async () => {
  const { start } = fakes()
  const environments = new Environments(start, { most: 2 })
  await environments.load()
  const log: string[] = []
  const gates = ['a', 'b', 'c', 'd'].map((name) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const using = environments.use(async () => {
      log.push(`${name} begins`)
      await promise
      log.push(`${name} ends`)
    })
    return { resolve, using }
  })
  await setImmediate()
  expect(log).toEqual(['a begins', 'b begins'])
  for (const { resolve, using } of gates) {
    resolve()
    await using
  }
  expect(log.filter((line) => line.endsWith('begins'))).toEqual(['a begins', 'b begins', 'c begins', 'd begins'])
})

test('who asks before they are loaded waits for it', async () => {
  const { start } = fakes()
  const environments = new Environments(start, { most: 1 })
  const using = environments.use(async () => 'done')
  await environments.load()
  expect(await using).toBe('done')
})

test('one that died while idle is told of, and replaced for the next', async () => {
  const { made, start } = fakes()
  const environments = new Environments(start, { most: 1 })
  await environments.load()
  if (made[0]) made[0].end = 'out of memory'
  await expect(environments.use(async () => 'done')).rejects.toThrow('out of memory')
  expect(await environments.use(async () => 'done')).toBe('done')
  expect(made).toHaveLength(2)
})

test('one that died of its invocation is replaced without a word', async () => {
  const { made, start } = fakes()
  const environments = new Environments(start, { most: 1 })
  await environments.load()
  await environments.use(async () => {
    if (made[0]) made[0].end = 'timed out'
  })
  expect(await environments.use(async () => 'done')).toBe('done')
  expect(made).toHaveLength(2)
})

test('loading fails with the reason of the first that does not load, and those that did are closed with the rest', async () => {
  const { made, start } = fakes((n) => (n === 1 ? 'SyntaxError' : undefined))
  const environments = new Environments(start, { most: 2 })
  await expect(environments.load()).rejects.toThrow('SyntaxError')
  await environments.close()
  expect(made.map(({ closed }) => closed)).toEqual([true])
})

test('closing lets what is under way finish, and takes nothing more', async () => {
  const { made, start } = fakes()
  const environments = new Environments(start, { most: 1 })
  await environments.load()
  const { promise, resolve } = Promise.withResolvers<void>()
  const using = environments.use(() => promise)
  const closing = environments.close()
  await expect(environments.use(async () => {})).rejects.toThrow('it is stopped')
  expect(made[0]?.closed).toBe(false)
  resolve()
  await using
  await closing
  expect(made[0]?.closed).toBe(true)
})

describe('of two at most, one to begin with', () => {
  const scaling = { most: 2, least: 1, patienceMs: 1 }

  test('the second is started where one waits for long, and the wait is over with whichever is free first', async () => {
    const { made, start } = fakes()
    const environments = new Environments(start, scaling)
    await environments.load()
    await environments.use(async () => 'quick')
    expect(made).toHaveLength(1)
    const { promise, resolve } = Promise.withResolvers<void>()
    const slow = environments.use(() => promise)
    expect(await environments.use(async () => 'quick')).toBe('quick')
    expect(made).toHaveLength(2)
    resolve()
    await slow
    await environments.close()
    expect(made.map(({ closed }) => closed)).toEqual([true, true])
  })

  test('where the second does not load, the first goes on with those who wait', async () => {
    const { start } = fakes((n) => (n === 1 ? 'out of memory' : undefined))
    const environments = new Environments(start, scaling)
    await environments.load()
    const slow = environments.use(() => sleep(20))
    expect(await environments.use(async () => 'done')).toBe('done')
    await slow
    await environments.close()
  })

  test('there is never a third', async () => {
    const { made, start } = fakes()
    const environments = new Environments(start, scaling)
    await environments.load()
    await Promise.all(Array.from({ length: 8 }, () => environments.use(() => sleep(5))))
    expect(made).toHaveLength(2)
  })
})

test('closing twice is closing once', async () => {
  const { start } = fakes()
  const environments = new Environments(start, { most: 1 })
  await environments.load()
  await environments.close()
  await environments.close()
})
