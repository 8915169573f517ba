// What a flow must not ask the machine is found where flows are tried out.
import { beforeAll, expect, test } from '@jest/globals'
import { guardFlows } from '../../lib/runtime/flow-guard.ts'
import { trial, tripProcess } from './flowing.ts'

beforeAll(guardFlows)

test.each([
  ['Date.now()', 'ctx.now', () => Date.now()],
  ['new Date()', 'ctx.now', () => new Date()],
  ['Math.random()', 'ctx.random()', () => Math.random()],
  ['crypto.randomUUID()', 'ctx.newId()', () => crypto.randomUUID()],
])('%s fails the flow, names the line and says what to use', async (what, instead, ask) => {
  const { host, tell, kept } = trial(
    tripProcess(async (ctx) => {
      await ctx.update(() => {})
      ask()
    }),
  )
  await tell('Go')
  expect(kept()).toEqual(['flow-failed'])
  const { attributes } = [...host.items.values()].find(({ sk }) => sk.startsWith('failed/')) ?? {
    attributes: { reason: undefined },
  }
  expect(attributes.reason).toContain(`not-deterministic: ${what} in a flow at`)
  expect(attributes.reason).toContain('flow-guard.test.ts:')
  expect(attributes.reason).toContain(instead)
})

test('steps, handlers and what a flow gets from its context may ask', async () => {
  const { host, tell, log, kept } = trial(
    tripProcess(async (ctx) => {
      const at = await ctx.step('clock', () => Date.now() + Math.random())
      ctx.log('asked', { at })
      const day = new Date(ctx.now).toISOString().length
      await ctx.update((state) => state.log.push(`${day} ${ctx.newId().length} ${ctx.random() < 1}`))
    }),
  )
  await tell('Go')
  expect(log()).toEqual(['24 36 true'])
  expect(host.logged.filter(({ message }) => message === 'asked')).toHaveLength(1)
  expect(kept()).toEqual([])
})
