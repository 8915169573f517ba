// Schedules: when they fire, that they fire, and what outlives the process.
import { afterEach, describe, expect, test } from '@jest/globals'
import type { RestFault } from '../../lib/local/rest.ts'
import { SchedulerService } from '../../lib/local/scheduler-service.ts'
import { handClock } from './hand-clock.ts'
import { newFolder } from './sqs-setting.ts'

const open: SchedulerService[] = []
afterEach(async () => {
  for (const service of open.splice(0)) await service.close()
})

/** @param fails whether a send fails */
const setUp = (folder?: string, fails: (body: string) => boolean = () => false) => {
  const { clock, turn } = handClock()
  const sent: string[] = []
  const service = new SchedulerService({
    folder,
    clock,
    send: async (_, body) => {
      if (fails(body)) throw new Error('no such queue')
      sent.push(`${body} at ${clock.now()}`)
    },
  })
  open.push(service)
  service.ensureGroup('all')
  service.start()
  const create = (name: string, at: number) =>
    service.create({ group: 'all', name, at, target: { Arn: 'arn', RoleArn: 'role', Input: name } })
  return { service, turn, sent, create, now: clock.now() }
}

describe('a schedule', () => {
  test('fires when it is due, not before, and is gone then', async () => {
    const { service, turn, sent, create, now } = setUp()
    create('late', now + 30 * 86_400_000)
    create('soon', now + 90_000)
    await turn(89_999)
    expect(sent).toEqual([])
    await turn(1)
    expect(sent).toEqual([`soon at ${now + 90_000}`])
    expect(service.all().map(({ name }) => name)).toEqual(['late'])
    await turn(30 * 86_400_000)
    expect(sent).toEqual([`soon at ${now + 90_000}`, `late at ${now + 30 * 86_400_000}`])
  })

  test('fires at once if it is due already, also where many are', async () => {
    const { service, turn, sent, create, now } = setUp()
    for (let n = 0; n < 250; n += 1) create(`n${n}`, now - n)
    await turn(0)
    expect(sent).toHaveLength(250)
    expect(service.all()).toEqual([])
  })

  test('that comes due while others are looked at is not forgotten until the next one', async () => {
    // Time passes between any two looks at this clock; no long alarm rings.
    let now = 1000
    const sent: string[] = []
    const clock = {
      now: () => now++,
      after: (ms: number) => ({ elapsed: ms < 100 ? Promise.resolve() : new Promise<void>(() => {}), cancel: () => {} }),
    }
    const service = new SchedulerService({ folder: undefined, clock, send: async (_, body) => void sent.push(body) })
    open.push(service)
    service.create({ group: 'default', name: 'one', at: 1002, target: { Arn: 'arn', RoleArn: 'role', Input: 'one' } })
    service.start()
    for (let n = 0; n < 5; n += 1) await new Promise((resolve) => setImmediate(resolve))
    expect(sent).toEqual(['one'])
  })

  test('that is deleted does not fire', async () => {
    const { service, turn, sent, create, now } = setUp()
    create('gone', now + 1000)
    service.delete('all', 'gone')
    await turn(10_000)
    expect(sent).toEqual([])
  })

  test('that cannot be sent is tried again, and holds up no other', async () => {
    let broken = true
    const { turn, sent, create, now } = setUp(undefined, (body) => broken && body === 'one')
    create('one', now + 1000)
    create('other', now + 2000)
    await turn(3000)
    expect(sent).toEqual([`other at ${now + 2000}`])
    broken = false
    await turn(5000)
    expect(sent).toHaveLength(2)
  })

  test('of a name or group that is taken or not there is refused', () => {
    const { service, create, now } = setUp()
    create('one', now + 1000)
    const code = (act: () => unknown): string => {
      try {
        act()
      } catch (thrown) {
        return (thrown as RestFault).code
      }
      return 'none'
    }
    expect(code(() => create('one', now))).toBe('ConflictException')
    expect(code(() => service.createGroup('all'))).toBe('ConflictException')
    expect(code(() => service.get('all', 'two'))).toBe('ResourceNotFoundException')
    expect(code(() => service.delete('other', 'one'))).toBe('ResourceNotFoundException')
    const target = { Arn: 'arn', RoleArn: 'role', Input: '' }
    expect(code(() => service.create({ group: 'other', name: 'one', at: now, target }))).toBe('ResourceNotFoundException')
  })
})

describe('a restart', () => {
  test('keeps schedules and groups, fires what came due meanwhile, and not what had fired', async () => {
    const folder = newFolder()
    const before = setUp(folder)
    before.create('fired', before.now + 1000)
    before.create('due', before.now + 5000)
    before.create('later', before.now + 60_000)
    await before.turn(1000)
    await before.service.settled()
    await open.splice(0)[0]?.close()

    // The clock of a test begins anew, at a time when nothing is due yet.
    const after = setUp(folder)
    await after.turn(60_000)
    expect(before.sent).toEqual([`fired at ${before.now + 1000}`])
    expect(after.sent).toEqual([`due at ${before.now + 5000}`, `later at ${before.now + 60_000}`])
    expect(after.service.all()).toEqual([])
  })

  test('between a send and its note lets it fire again: at least once', async () => {
    const folder = newFolder()
    const { promise, resolve } = Promise.withResolvers<void>()
    const { clock, turn } = handClock()
    const killed = new SchedulerService({ folder, clock, send: () => promise })
    killed.ensureGroup('all')
    killed.start()
    killed.create({ group: 'all', name: 'one', at: clock.now() + 1, target: { Arn: 'arn', RoleArn: 'role', Input: 'one' } })
    await turn(1)
    await killed.settled()
    const after = setUp(folder)
    await after.turn(10)
    expect(after.sent).toEqual([`one at ${clock.now()}`])
    resolve()
    await killed.close()
  })
})
