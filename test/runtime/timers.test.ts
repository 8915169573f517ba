// Timers: set with a commit, come back as messages, and count only while the record lists them.
import { expect, test } from '@jest/globals'
import { type DeskContext, deskProcess, go, sentTo } from './asking.ts'
import { deliver, delivery, memoryHost } from './memory-host.ts'
import { environment, keptReasons, standing, stateOf } from './processes.ts'

const logOf = (host: ReturnType<typeof memoryHost>) => (stateOf(host, '1') as unknown as { log: string[] } | undefined)?.log ?? []
const setting = async (set: (ctx: DeskContext, step: string) => void, tick?: (ctx: DeskContext) => void) => {
  const host = memoryHost()
  const process = deskProcess(set, tick)
  const runtime = environment(host, process)
  await deliver(runtime, host, [go()])
  return { host, runtime, process, fired: () => sentTo(host, 'timer', 'desk') }
}

test('a timer waits on the timer queue, and comes once, at its time', async () => {
  const { host, runtime, fired } = await setting((ctx) => ctx.after('90s').Tick({ n: 7 }))
  const due = new Date(host.clock.now() + 90_000).toISOString()
  expect(host.sent.map(({ queue, entry }) => [queue.role, entry.delaySeconds])).toEqual([['timer', 90]])
  expect([...(standing(host, '1')?.waits.timers.keys() ?? [])]).toEqual(['Tick'])
  host.advance(90_000)
  const one = delivery(fired())
  expect(await deliver(runtime, host, [one])).toEqual([])
  expect(
    await deliver(
      environment(
        host,
        deskProcess(() => {}),
      ),
      host,
      [one],
    ),
  ).toEqual([])
  expect(logOf(host)).toEqual([`tick 7 at ${due}`])
  expect(standing(host, '1')?.waits.timers.size).toBe(0)
})

test('a timer over 15 minutes is a schedule, whose message is the same', async () => {
  const { host, runtime } = await setting((ctx) => ctx.after('3 days').Tick())
  expect(host.sent).toEqual([])
  const [schedule] = host.scheduled
  expect(schedule?.at).toBe(host.clock.now() + 3 * 86_400_000)
  host.advance(3 * 86_400_000)
  await deliver(runtime, host, [delivery(schedule?.body ?? '')])
  expect(logOf(host)).toHaveLength(1)
})

test('a timer that was cancelled, or replaced under its name, does not count', async () => {
  const { host, runtime, fired } = await setting((ctx, step) => {
    if (step === 'cancel') return ctx.cancel('Tick')
    ctx.after('10s').Tick({ n: step === 'again' ? 2 : 1 })
  })
  const [first] = fired()
  await deliver(runtime, host, [go('again')])
  host.advance(10_000)
  await deliver(runtime, host, [delivery(first as never)])
  expect(logOf(host)).toEqual([])
  const second = fired()[1]
  await deliver(runtime, host, [go('cancel'), delivery(second as never)])
  expect(logOf(host)).toEqual([])
  expect(host.items.size).toBe(1)
})

test('a timer that a cached record does not know is judged on a fresh one', async () => {
  const host = memoryHost()
  const process = deskProcess((ctx, step) => (step === 'set' ? ctx.after('10s').Tick() : undefined))
  const [stale, other] = [environment(host, process), environment(host, process)]
  await deliver(stale, host, [go()])
  await deliver(other, host, [go('set')])
  await deliver(stale, host, [delivery(sentTo(host, 'timer', 'desk'))])
  expect(logOf(host)).toHaveLength(1)
})

test('timers of one name in one handler are one, and what is cancelled at once is not set', async () => {
  const { host } = await setting((ctx) => {
    ctx.after('5s').Tick({ n: 1 })
    ctx.after('6s').Tick({ n: 2 })
    ctx.after('7s', { name: 'other' }).Tick()
    ctx.cancel('other')
  })
  expect(host.sent.map(({ entry }) => entry.delaySeconds)).toEqual([6])
  expect([...(standing(host, '1')?.waits.timers.keys() ?? [])]).toEqual(['Tick'])
})

test('a recurring timer is set again by the commit that handles it, without drift, and misses what an outage took', async () => {
  const { host, runtime, fired } = await setting((ctx) => ctx.every('1m').Tick())
  const first = host.clock.now() + 60_000
  for (const late of [60_000, 61_500, 200_000]) {
    host.advance(late)
    await deliver(runtime, host, [delivery(fired().at(-1) as never)])
  }
  const at = (n: number) => `tick 0 at ${new Date(first + n * 60_000).toISOString()}`
  expect(logOf(host)).toEqual([at(0), at(1), at(2)])
  expect(fired().at(-1)?.at).toBe(first + 5 * 60_000)
})

test('a recurring timer goes on after a time that failed for good, and ends when its handler cancels it', async () => {
  let fail = true
  const { host, runtime, fired } = await setting(
    (ctx) => ctx.every('1m').Tick(),
    (ctx) => {
      if (fail) throw new Error('no')
      ctx.cancel('Tick')
    },
  )
  const tick = delivery(fired().at(-1) as never)
  for (let receiveCount = 1; receiveCount <= 6; receiveCount++) await deliver(runtime, host, [{ ...tick, receiveCount }])
  expect(keptReasons(host, '1')).toEqual(['handler-failed'])
  fail = false
  expect(fired()).toHaveLength(2)
  await deliver(runtime, host, [delivery(fired().at(-1) as never)])
  expect(fired()).toHaveLength(2)
  expect(standing(host, '1')?.waits.timers.size).toBe(0)
})

test('an instance that ended has no timers left', async () => {
  const { host, runtime, fired } = await setting((ctx) => {
    ctx.after('5s').Tick()
    ctx.end()
  })
  expect(host.sent).toEqual([])
  expect(fired()).toEqual([])
  expect(standing(host, '1')?.waits.timers.size).toBe(0)
  expect(await deliver(runtime, host, [])).toEqual([])
})

test('nobody else can send a timer', async () => {
  const { host, runtime, fired } = await setting((ctx) => ctx.after('5s').Tick())
  await deliver(runtime, host, [delivery({ ...(fired()[0] as object), from: 'thief/1' } as never)])
  await deliver(runtime, host, [delivery({ ...(fired()[0] as object), id: 'thief/1/7/0' } as never)])
  expect(logOf(host)).toEqual([])
  expect(keptReasons(host, '1')).toEqual(['not-asked', 'not-asked'])
})

test.each([
  ['a timer beyond the range', (ctx: DeskContext) => ctx.after('400 days').Tick(), 'illegal-timer'],
  ['a timer at no time', (ctx: DeskContext) => ctx.at(new Date(Number.NaN)).Tick(), 'illegal-timer'],
  ['a negative delay', (ctx: DeskContext) => ctx.after(-1).Tick(), 'illegal-duration'],
  ['a name of the framework', (ctx: DeskContext) => ctx.after('1s', { name: '~mine' }).Tick(), 'illegal-timer-name'],
  [
    'a body too large',
    (ctx: DeskContext) => ctx.after('1s').Tick({ n: 1, pad: 'x'.repeat(300_000) } as never),
    'message-too-large',
  ],
])('%s is refused with the reason', async (_, set, code) => {
  const { host } = await setting(set)
  expect([...host.items.values()].map(({ attributes }) => attributes.reason).join()).toContain(code)
})

test('a timer that could not be set is set by the redelivery, for what is left of its time', async () => {
  const host = memoryHost()
  const runtime = environment(
    host,
    deskProcess((ctx) => ctx.after('60s').Tick()),
  )
  const one = go()
  host.hooks.send = (entries) => ({ failed: entries })
  expect(await deliver(runtime, host, [one])).toEqual([one])
  host.hooks.send = undefined
  host.advance(20_000)
  expect(await deliver(runtime, host, [{ ...one, receiveCount: 2 }])).toEqual([])
  expect(host.sent[0]?.entry.delaySeconds).toBeLessThanOrEqual(40)
  expect(host.sent).toHaveLength(1)
})
