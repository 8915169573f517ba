// A value that only who has seen its version may change.
import { expect, test } from '@jest/globals'
import * as z from 'zod'
import { registerContract, registerProcess } from '../../lib/coordination/index.ts'
import { simulate } from '../../lib/sim/index.ts'

const Config = registerContract('config', z.object({ url: z.string() }))
const world = () => {
  const made = simulate([registerProcess(Config, { initial: (id) => ({ url: id }) })])
  return { ...made, ...made.call(Config, 'a') }
}

test('it begins with its initial value', async () => {
  expect(await world().Read()).toEqual({ version: 0, value: { url: 'a' } })
})

test('who has seen the version sets the value; the next version is one more', async () => {
  const { Read, CompareAndSet } = world()
  expect(await CompareAndSet({ version: 0, value: { url: 'b' } })).toEqual({ set: true, version: 1 })
  const read = await Read()
  // The types of values come through.
  expect(read.value.url.toUpperCase()).toBe('B')
})

test('who has not is told what it missed, and nothing is written', async () => {
  const { CompareAndSet, calls } = world()
  await CompareAndSet({ version: 0, value: { url: 'b' } })
  const { writes } = calls
  expect(await CompareAndSet({ version: 0, value: { url: 'c' } })).toEqual({ set: false, version: 1, value: { url: 'b' } })
  expect(calls.writes).toBe(writes)
})

test('what it is set to is published', async () => {
  const { CompareAndSet, view } = world()
  await CompareAndSet({ version: 0, value: { url: 'b' } })
  expect(view(Config, 'a')).toEqual({ version: 1, value: { url: 'b' } })
})

test('a value that is not valid is refused', () => {
  expect(() => world().CompareAndSet({ version: 0, value: { url: 7 } as never })).toThrow('value: url')
})

test('a value that JSON cannot carry is refused by the compiler', () => {
  // @ts-expect-error value is a Date: JSON cannot carry it
  expect(registerContract('clock', z.date()).name).toBe('clock')
})
