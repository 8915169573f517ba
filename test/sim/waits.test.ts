import { expect, test } from '@jest/globals'
import { digest } from '../../lib/core/digest.ts'
import { noWaits, type Waits } from '../../lib/core/waits.ts'
import type { Message } from '../../lib/sim/message-book.ts'
import { checkWaits, isWaitedFor, type Relisted } from '../../lib/sim/waits.ts'

const message = (kind: Message['kind'], id: string, more: object, from = 'shop/a'): Message => ({
  id,
  receiver: 'shop/a',
  type: kind === 'reply' ? '~reply' : 'Ring',
  kind,
  from,
  place: [1, 0],
  text: JSON.stringify(more),
  accepted: 1,
  applied: 0,
})
const ring = message('timer', 'shop/a/1/0', { timer: 'ring' })
const reply = message('reply', 'till/b/7/0', { body: { call: 'shop/a/1/1' } }, 'till/b')
const deadline = message('timer', 'shop/a/1/2', { timer: '~call/x/0' })

const ringing: Waits = { timers: new Map([['ring', { id: digest(ring.id), due: 5 }]]), calls: new Map() }
const asking: Waits = {
  timers: new Map([['~call/x/0', { id: digest(deadline.id), due: 5 }]]),
  calls: new Map([[digest('shop/a/1/1'), { of: 'till/b', outcome: 'Taken', timer: '~call/x/0' }]]),
}
const said = (commit: Partial<Relisted>): readonly string[] => {
  const violations: string[] = []
  const whole: Relisted = {
    of: 'shop/a',
    before: noWaits,
    after: noWaits,
    applied: [],
    aside: [],
    held: new Set(),
    lives: true,
    ...commit,
  }
  checkWaits(whole, (invariant, text) => violations.push(`${invariant}: ${text}`))
  return violations
}

test('a timer, an answer or a deadline that is listed is handled and leaves the list', () => {
  expect(said({ before: ringing, applied: [ring] })).toEqual([])
  expect(said({ before: asking, applied: [reply] })).toEqual([])
  expect(said({ before: asking, applied: [deadline] })).toEqual([])
  expect(said({ before: asking, aside: [deadline] })).toEqual([])
  expect(said({ before: asking, lives: false })).toEqual([])
})

test('what is not listed must not be handled', () => {
  expect(said({ applied: [ring] }).join()).toContain('I2: shop/a handled the timer ring')
  expect(said({ applied: [reply] }).join()).toContain('did not wait for any more')
  const other: Waits = { timers: new Map([['ring', { id: digest('shop/a/9/0'), due: 5 }]]), calls: new Map() }
  expect(said({ before: other, after: other, applied: [ring] }).join()).toContain('did not list any more')
})

test('what is handled must leave the list', () => {
  expect(said({ before: ringing, after: ringing, applied: [ring] }).join()).toContain('lists it all the same')
  expect(said({ before: asking, after: asking, applied: [reply] }).join()).toContain('waits for it all the same')
})

test('an answer counts from who was asked alone', () => {
  const forged = { ...reply, from: 'till/c' }
  expect(said({ before: asking, applied: [forged] }).join()).toContain('took the answer of till/c, and had asked till/b')
  expect(said({ before: asking, after: asking, aside: [forged] })).toEqual([])
  expect(isWaitedFor(asking, reply)).toBe(true)
  expect(isWaitedFor(asking, forged)).toBe(false)
})

test('a call ends with its outcome, and has a deadline until then', () => {
  expect(said({ before: asking }).join()).toContain('of which no outcome has come')
  const endless: Waits = { timers: new Map(), calls: asking.calls }
  const over: Waits = { timers: asking.timers, calls: new Map() }
  expect(said({ before: asking, after: endless }).join()).toContain('without its deadline')
  expect(said({ before: asking, after: over, applied: [reply] }).join()).toContain('of a call that is over')
})
