// The decisions of a hop as plain functions: what becomes of a message, what is then committed.
import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { admit, type Facts } from '../../lib/core/admission.ts'
import { applyAttempts, attemptsOf } from '../../lib/core/attempts.ts'
import { conclude } from '../../lib/core/conclude.ts'
import type { SendEffect } from '../../lib/core/effect.ts'
import { type Envelope, envelopeVersion } from '../../lib/core/envelope.ts'
import { applyHandled, applySetAside, type Draft, draftOf } from '../../lib/core/hop.ts'
import { attemptsKeptMax, hopsMax, horizonMs, seenWindowMax } from '../../lib/core/limits.ts'
import { blankRecord, type InstanceRecord } from '../../lib/core/record.ts'
import { seenId } from '../../lib/core/seen.ts'
import { contract, defineProcess } from '../../lib/index.ts'
import { epoch, record } from './arbitraries.ts'

const process = defineProcess(contract('counter', { messages: { Add: z.object({ by: z.number().default(1) }) } }), {
  state: z.object({}),
  internal: { Tick: z.object({}) },
})
const facts: Facts = { process, now: epoch, fresh: true }
const envelope = (given: Partial<Envelope> = {}): Envelope => ({
  v: envelopeVersion,
  id: 'shop/1/7/0',
  to: '42',
  type: 'Add',
  body: {},
  at: epoch,
  from: 'shop/1',
  trace: 't',
  hops: 0,
  ...given,
})
const client = (one = envelope()): Envelope => {
  const { from, ...rest } = one
  return from === undefined ? one : rest
}
const draft = (given: Partial<InstanceRecord> = {}) => draftOf(record(given))
const handled = (one: Draft, message: Envelope, sends: readonly SendEffect[] = []) =>
  applyHandled(one, message, { state: '{"n":1}', schema: 1, view: undefined, sends, timers: new Map(), bytes: 0 }, epoch)
const sent = (given: Partial<SendEffect> = {}): SendEffect => ({
  kind: 'send',
  process: 'ledger',
  to: '1',
  type: 'Add',
  body: {},
  trace: 't',
  cause: 'c',
  hops: 1,
  ...given,
})
const code = (admission: ReturnType<typeof admit>) => (admission.kind === 'set-aside' ? admission.reason.code : admission.kind)

describe('a message is', () => {
  test('handled, with its body as the schema gives it', () => {
    expect(admit(draft(), envelope(), facts)).toEqual({ kind: 'handle', as: 'message', type: 'Add', body: { by: 1 } })
  })

  test('dropped when the record has seen it, and when this very draft has', () => {
    expect(code(admit(draft({ seen: { window: [seenId(envelope())], floor: -1, keysEvicted: false } }), envelope(), facts))).toBe(
      'drop',
    )
    const one = draft()
    handled(one, envelope())
    expect(code(admit(one, envelope(), facts))).toBe('drop')
    expect(code(admit(one, envelope({ id: 'other' }), facts))).toBe('handle')
  })

  test('dropped as seen before it is refused as too old, of too many hops, or unknown', () => {
    const bad = { at: epoch - 2 * horizonMs, hops: 5000, type: 'Nothing', body: 7 }
    expect(
      code(admit(draft({ seen: { window: [seenId(envelope())], floor: -1, keysEvicted: false } }), envelope(bad), facts)),
    ).toBe('drop')
  })

  test('looked up where the record alone cannot say, and then dropped or judged on', () => {
    const late = draft({ seen: { window: [], floor: epoch, keysEvicted: true } })
    expect(admit(late, envelope(), facts)).toMatchObject({ kind: 'look-up', where: 'segments' })
    expect(admit(late, client(), facts)).toMatchObject({ kind: 'look-up', where: 'key' })
    expect(code(admit(late, envelope(), { ...facts, lookedUp: 'found' }))).toBe('drop')
    expect(code(admit(late, envelope(), { ...facts, lookedUp: 'absent' }))).toBe('handle')
    expect(code(admit(late, envelope({ at: epoch + 1 }), facts))).toBe('handle')
  })

  test('set aside when it is past the horizon and unknown', () => {
    expect(code(admit(draft(), envelope({ at: epoch - horizonMs }), facts))).toBe('handle')
    expect(code(admit(draft(), envelope({ at: epoch - horizonMs - 1 }), facts))).toBe('too-old')
  })

  test('set aside after too many hops, of an unknown type, with an invalid body', () => {
    expect(code(admit(draft(), envelope({ hops: hopsMax }), facts))).toBe('handle')
    expect(code(admit(draft(), envelope({ hops: hopsMax + 1 }), facts))).toBe('too-many-hops')
    expect(code(admit(draft(), envelope({ type: 'Nothing' }), facts))).toBe('unknown-type')
    expect(code(admit(draft(), envelope({ type: 'hasOwnProperty' }), facts))).toBe('unknown-type')
    expect(code(admit(draft(), envelope({ body: { by: 'x' } }), facts))).toBe('invalid-body')
  })

  test('when internal, handled only from the instance itself and only while it is awaited', () => {
    const tick = envelope({ id: 'counter/42/7/0', from: 'counter/42', type: 'Tick' })
    const awaiting = draft({ awaits: [seenId(tick).digest] })
    expect(code(admit(awaiting, tick, facts))).toBe('handle')
    expect(code(admit(awaiting, { ...tick, from: 'counter/43' }, facts))).toBe('not-asked')
    expect(code(admit(awaiting, { ...tick, id: 'counter/42/7/1' }, facts))).toBe('not-asked')
    expect(code(admit(awaiting, client(tick), facts))).toBe('not-asked')
  })

  test('when internal and not awaited by a cached record, judged again on a fresh one', () => {
    const tick = envelope({ from: 'counter/42', type: 'Tick' })
    expect(code(admit(draft(), tick, { ...facts, fresh: false }))).toBe('reload')
    expect(code(admit(draft(), tick, facts))).toBe('not-asked')
  })
})

describe('a draft', () => {
  test('leaves its base as it is', () => {
    const base = record({ attempts: new Map([['x', 1]]), awaits: ['y'] })
    const before = structuredClone(base)
    const one = draftOf(base)
    handled(one, envelope(), [sent()])
    applyAttempts(one, envelope({ id: 'z' }), 2)
    applySetAside(one, envelope({ id: 'w' }), { reason: { code: 'rejected', text: 'no' }, attempts: 1, now: epoch })
    expect(base).toEqual(before)
  })

  test('counts tries until the message is settled, either way', () => {
    for (const settle of [
      (one: Draft) => handled(one, envelope()),
      (one: Draft) => applySetAside(one, envelope(), { reason: { code: 'rejected', text: 'no' }, attempts: 3, now: epoch }),
    ]) {
      const one = draft()
      applyAttempts(one, envelope(), 2)
      expect(attemptsOf(one, envelope())).toBe(2)
      settle(one)
      expect(attemptsOf(one, envelope())).toBe(0)
    }
    const lifted = draft()
    applyAttempts(lifted, envelope(), 0)
    expect(lifted.attempts.size).toBe(0)
  })

  test('forgets the tries that were counted longest ago, beyond a bound', () => {
    const one = draft()
    const of = (n: number) => envelope({ id: `${n}` })
    for (let n = 0; n < attemptsKeptMax + 3; n++) applyAttempts(one, of(n), 1)
    applyAttempts(one, of(3), 2)
    applyAttempts(one, of(999), 1)
    expect([0, 1, 2, 3, 4, 5].map((n) => attemptsOf(one, of(n)))).toEqual([0, 0, 0, 2, 0, 1])
  })
})

describe('a conclusion', () => {
  const moment = { now: epoch + 5, nonce: 'next' }

  test('is the next version, with what was seen, sent and left', () => {
    const one = draft()
    handled(one, envelope(), [sent()])
    expect(conclude(one, process, moment)).toEqual({
      record: record({
        version: 8,
        nonce: 'next',
        at: epoch + 5,
        schema: 1,
        state: '{"n":1}',
        seen: { window: [seenId(envelope())], floor: -1, keysEvicted: false },
        effects: [sent()],
      }),
      evicted: [],
    })
  })

  test('of a record made from nothing begins at a version from the clock; a tombstone’s goes on', () => {
    expect(conclude(draftOf(blankRecord('42')), process, moment).record.version).toBe((epoch + 5) * 1000)
    expect(conclude(draft({ state: undefined }), process, moment).record.version).toBe(8)
  })

  test('drops the effects of its base: they are done before it', () => {
    expect(conclude(draft({ effects: [sent()] }), process, moment).record.effects).toEqual([])
  })

  test('awaits the internal messages that it sends to itself, and those only', () => {
    const own = { process: 'counter', to: '42', type: 'Tick' }
    const one = draft({ awaits: ['old'] })
    handled(one, envelope(), [
      sent(),
      sent(own),
      sent({ ...own, type: 'Add' }),
      sent({ ...own, to: '43' }),
      sent({ ...own, process: 'ledger' }),
    ])
    expect(conclude(one, process, moment).record.awaits).toEqual(['old', seenId(envelope({ id: 'counter/42/8/1' })).digest])
  })

  test('no longer awaits an internal message that was handled', () => {
    const tick = envelope({ id: 'counter/42/7/0', from: 'counter/42', type: 'Tick' })
    const one = draft({ awaits: [seenId(tick).digest] })
    handled(one, tick)
    expect(conclude(one, process, moment).record.awaits).toEqual([])
  })

  test('evicts only what its base held', () => {
    const window = Array.from({ length: seenWindowMax }, (_, n) => seenId(envelope({ id: `${n}`, at: epoch + n })))
    const one = draft({ seen: { window, floor: -1, keysEvicted: false } })
    handled(one, envelope({ id: 'new', at: 1 }))
    const { record: next, evicted } = conclude(one, process, moment)
    expect(evicted).toHaveLength(1)
    expect(next.seen.window).toContainEqual(seenId(envelope({ id: 'new', at: 1 })))
  })

  test('keeps a failed message as an effect, under its reason and its tries', () => {
    const one = draft()
    applySetAside(one, envelope(), { reason: { code: 'handler-failed', text: 'no' }, attempts: 5, now: epoch })
    expect(conclude(one, process, moment).record.effects).toMatchObject([
      { kind: 'fail', failure: { id: 'shop/1/7/0', attempts: 5, reason: { code: 'handler-failed' }, at: epoch } },
    ])
  })
})
