import { expect, test } from '@jest/globals'
import { Transient } from '../../lib/core/errors.ts'
import { createFaults, type FaultPlan, noFaults } from '../../lib/sim/faults.ts'
import { createLedger } from '../../lib/sim/ledger.ts'
import { createRandom } from '../../lib/sim/random.ts'
import { createRateBook } from '../../lib/sim/rate-book.ts'
import { createScheduler } from '../../lib/sim/scheduler.ts'
import { noCalls } from '../../lib/sim/stage.ts'
import { createTime } from '../../lib/sim/time.ts'
import { createTrace } from '../../lib/sim/trace.ts'

const start = Date.UTC(2026, 0, 1)
const setUp = (plan: Partial<FaultPlan> = {}, refuses: () => boolean = () => false) => {
  const time = createTime(start)
  const random = createRandom(1)
  const faults = createFaults({ ...noFaults, ...plan }, random)
  const stage = {
    time,
    random,
    faults,
    trace: createTrace(time, false),
    ledger: createLedger(() => false),
    rates: createRateBook(0, false),
    calls: noCalls(),
  }
  const fired: { readonly id: string; readonly at: number }[] = []
  const scheduler = createScheduler(stage, 'clock', ({ id }) => {
    if (refuses()) throw new Transient('planned', 'refused')
    fired.push({ id, at: time.now() - start })
  })
  const run = () => time.run({ until: start + 86_400_000, eventsMax: 1000 })
  return { scheduler, fired, run, time }
}
const hour = 3_600_000
const schedule = (id: string, at = hour + 300) => ({ id, at: start + at, body: '{}' })

test('a schedule fires once, not before its second and within a minute of it', async () => {
  const { scheduler, fired, run } = setUp()
  for (let n = 0; n < 50; n += 1) scheduler.create(schedule(`s${n}`))
  await run()
  expect(fired).toHaveLength(50)
  for (const { at } of fired) {
    expect(at).toBeGreaterThanOrEqual(hour + 1000)
    expect(at).toBeLessThan(hour + 61_000)
  }
  expect(Math.max(...fired.map(({ at }) => at)) - Math.min(...fired.map(({ at }) => at))).toBeGreaterThan(30_000)
})

test('one of the same id is left as it is while it waits, and is new when it has fired', async () => {
  const { scheduler, fired, run } = setUp()
  expect(scheduler.create(schedule('one'))).toBe(true)
  expect(scheduler.create(schedule('one', 2 * hour))).toBe(false)
  expect([...scheduler.waiting()]).toHaveLength(1)
  await run()
  expect(fired).toHaveLength(1)
  expect([...scheduler.waiting()]).toEqual([])
  expect(scheduler.create(schedule('one', 2 * hour))).toBe(true)
})

test('a queue that refuses is asked again until it takes the message', async () => {
  let refusals = 5
  const { scheduler, fired, run } = setUp({}, () => refusals-- > 0)
  scheduler.create(schedule('one'))
  await run()
  expect(fired).toHaveLength(1)
  expect(fired[0]?.at).toBeGreaterThan(hour + 150_000)
})

test('under the fault plan some fire late, and some twice', async () => {
  const { scheduler, fired, run } = setUp({ late: 1, duplicate: 1 })
  for (let n = 0; n < 20; n += 1) scheduler.create(schedule(`s${n}`))
  await run()
  expect(fired).toHaveLength(40)
  expect(Math.max(...fired.map(({ at }) => at))).toBeGreaterThan(hour + 120_000)
})
