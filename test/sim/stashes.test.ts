import { expect, test } from '@jest/globals'
import type { Failure } from '../../lib/core/failure.ts'
import { createFailures } from '../../lib/sim/failures.ts'
import { createStashes, type Restashed, stashedIn } from '../../lib/sim/stashes.ts'

interface Told {
  readonly id: string
}
const [a, b, c]: readonly Told[] = [{ id: 'a' }, { id: 'b' }, { id: 'c' }]
type Commit = Partial<Omit<Restashed<Told>, 'before' | 'after'>> & { readonly after: Restashed<Told>['after'] }

/** What is noted of a row of commits. */
const noted = (...commits: readonly Commit[]): readonly string[] => {
  const violations: string[] = []
  const stashes = createStashes<Told>((invariant, text) => violations.push(`${invariant}: ${text}`))
  let before = { parked: undefined as string | undefined, first: 0, next: 0 }
  for (const { after, ...commit } of commits) {
    const nothing = { puts: new Map(), handled: [], settled: [], discarded: new Set<string>(), mayPass: () => false }
    stashes.committed({ ...nothing, ...commit, of: 'book/a', before, after })
    before = { ...after }
  }
  return violations
}
const puts = (...messages: readonly (Told | undefined)[]) =>
  new Map(messages.flatMap((message, n) => (message === undefined ? [] : [[n, message] as const])))
const stands: Commit = { puts: puts(a, b), settled: [a as Told], after: { parked: 'a', first: 0, next: 2 } }
const done = (...messages: readonly (Told | undefined)[]) => {
  const all = messages.filter((message) => message !== undefined)
  return { handled: all, settled: all }
}

test('a stash that leaves from its head, all of it handled or given up, is in order', () => {
  expect(noted(stands, { ...done(a, b), after: { parked: undefined, first: 2, next: 2 } })).toEqual([])
  expect(noted(stands, { discarded: new Set(['a']), ...done(b), after: { parked: undefined, first: 2, next: 2 } })).toEqual([])
})

test('what leaves a stash without being handled, and what comes before it, is noted', () => {
  expect(noted(stands, { ...done(b), after: { parked: undefined, first: 2, next: 2 } }).join()).toContain(
    'took a out of its stash',
  )
  expect(noted(stands, { ...done(c), after: { parked: 'a', first: 0, next: 2 } }).join()).toContain('handled c before')
  expect(noted(stands, { ...done(), after: { parked: 'a', first: 0, next: 3 } }).join()).toContain('went from 0–2 to 0–3')
  expect(noted({ ...stands, after: { parked: 'b', first: 0, next: 2 } }).join()).toContain('stands still on b, and a is')
})

test('a record without a stash has an empty one', () => {
  expect(stashedIn({})).toEqual({ parked: undefined, first: 0, next: 0 })
  expect(stashedIn({ parked: '{"id":"x"}', stash: '{"first":1,"next":3}' })).toEqual({ parked: 'x', first: 1, next: 3 })
})

test('one that was redriven may fail in its next round, and nothing is done twice about a round', () => {
  const violations: string[] = []
  const failures = createFailures((_, text) => violations.push(text))
  const failure = (round: number): Failure => ({
    id: 'a',
    message: '',
    reason: { code: 'rejected', text: '' },
    attempts: 1,
    at: 0,
    ...(round > 0 && { again: { round } }),
  })
  failures.setAside('a', failure(0))
  failures.stored('a', 0, 'rejected', 'Add')
  failures.resolved('a', 0, 'redriven')
  expect(failures.kept('a')).toMatchObject({ code: undefined, how: 'redriven', ever: true })
  failures.setAside('a', failure(1))
  failures.stored('a', 1, 'handler-died', 'Add')
  expect(failures.kept('a')).toMatchObject({ code: 'handler-died', round: 1 })
  expect(violations).toEqual([])
  failures.setAside('a', failure(1))
  failures.setAside('a', failure(3))
  failures.resolved('a', 0, 'discarded')
  expect(violations.map((text) => text.slice(0, 30))).toEqual([
    'a is set aside twice',
    'a is set aside for the 4. time',
    'a was redriven, and is discard',
  ])
})
