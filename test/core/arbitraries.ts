// Ids, envelopes and records, arbitrary ones and a plain one, for the tests of the core.
import fc from 'fast-check'
import type { Effect } from '../../lib/core/effect.ts'
import { type Envelope, envelopeVersion } from '../../lib/core/envelope.ts'
import { blankRecord, type InstanceRecord } from '../../lib/core/record.ts'
import type { SeenId } from '../../lib/core/seen.ts'

export const epoch = Date.UTC(2026, 0, 1)

/** An instance's record after some commits, with nothing going on but what is given. */
export const record = (given: Partial<InstanceRecord> = {}): InstanceRecord => ({
  ...blankRecord('42'),
  exists: true,
  version: 7,
  nonce: 'n',
  at: epoch,
  state: '{}',
  ...given,
})

/** Texts with what hurts: quotes, lone surrogates, control characters, U+FFFF. */
export const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', '\\', '\u0000', '\ud800', '\uffff', '\u2028', '\u{1f600}'),
    fc.string({ minLength: 1, maxLength: 1 }),
  ),
  minLength: 1,
  maxLength: 20,
})
const at = fc.integer({ min: 0, max: 2 ** 46 })

export const seenIds = fc.array(
  fc.record({ digest: fc.stringMatching(/^[0-9a-f]{16}$/), at, keyed: fc.boolean() }) satisfies fc.Arbitrary<SeenId>,
  { maxLength: 60 },
)

const instance = fc.stringMatching(/^[!-}][!-~]{0,127}$/)

export const envelopes: fc.Arbitrary<Envelope> = fc
  .record(
    {
      v: fc.constant(envelopeVersion),
      id: text,
      to: instance,
      type: text,
      body: fc.dictionary(text, fc.jsonValue()),
      at,
      from: text,
      trace: text,
      cause: text,
      hops: fc.nat(1000),
    },
    { requiredKeys: ['v', 'id', 'to', 'type', 'body', 'at', 'trace', 'hops'] },
  )
  // What travels has been through JSON: no -0, no __proto__ with a life of its own.
  .map((one) => JSON.parse(JSON.stringify(one)) as Envelope)

export const effects: fc.Arbitrary<readonly Effect[]> = fc.array(
  fc
    .record({
      process: fc.constantFrom('order', 'payment'),
      to: fc.constantFrom('1', '2', '3'),
      body: fc.dictionary(text, fc.jsonValue()),
      trace: text,
      cause: text,
    })
    .map((one): Effect => JSON.parse(JSON.stringify({ kind: 'send', type: 'Charge', hops: 1, ...one })) as Effect),
  { maxLength: 12 },
)

export const records: fc.Arbitrary<InstanceRecord> = fc
  .record({
    instance,
    version: fc.maxSafeNat(),
    nonce: fc.stringMatching(/^[0-9a-f]{16}$/),
    at,
    schema: fc.integer({ min: 1, max: 9 }),
    state: fc.option(
      fc.oneof(
        text,
        text.map((one) => one.repeat(20_000)),
      ),
      { nil: undefined },
    ),
    view: fc.option(text, { nil: undefined }),
    seen: fc.record({ window: seenIds, floor: fc.integer({ min: -1, max: 2 ** 46 }), keysEvicted: fc.boolean() }),
    effects,
    attempts: fc
      .uniqueArray(fc.tuple(fc.stringMatching(/^[0-9a-f]{16}$/), fc.integer({ min: 1, max: 100 })), {
        selector: ([digest]) => digest,
      })
      .map((all) => new Map(all)),
    awaits: fc.array(fc.stringMatching(/^[0-9a-f]{16}$/), { maxLength: 5 }),
  })
  .map(({ state, ...rest }) => ({
    ...blankRecord(rest.instance),
    exists: true,
    ...rest,
    state: state === undefined ? undefined : JSON.stringify(state),
  }))
