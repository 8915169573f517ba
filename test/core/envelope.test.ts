// The envelope: golden copies of each released form, what outside may leave out, and every form that is malformed.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decodeBundle, type Envelope, encodeBundle, encodeEnvelope, isKeyed } from '../../lib/core/envelope.ts'
import { envelopes } from './arbitraries.ts'

const golden = (name: string) => readFileSync(new URL(`../golden/${name}.json`, import.meta.url), 'utf8').trimEnd()
const carrier = { messageId: 'm-1', sentAt: 1_795_424_400_000 }
const messages = (body: string, given = {}) =>
  decodeBundle(body, { ...carrier, ...given }).map((arrival) => {
    if (arrival.kind === 'malformed') throw new Error(arrival.reason)
    return arrival.envelope
  })
const fault = (body: string) => {
  const [arrival] = decodeBundle(body, carrier)
  return arrival?.kind === 'malformed' ? arrival : undefined
}

const sent: Envelope = {
  v: 1,
  id: 'order/42/1795424400000000/0',
  to: '42',
  type: 'Charge',
  body: { orderId: '42', cents: 500 },
  at: 1_795_424_400_000,
  from: 'order/42',
  trace: 'click-1',
  cause: 'click-1',
  hops: 1,
}
const second: Envelope = { ...sent, id: 'order/42/1795424400000000/1', type: 'Remind', body: {} }
const client: Envelope = {
  v: 1,
  id: 'click-1',
  to: '42',
  type: 'Place',
  body: { note: '"é\\\u2028\uffff\u0000' },
  at: 1_795_424_400_000,
  trace: 'click-1',
  hops: 0,
}
const self = { to: '42', from: 'order/42', trace: 'click-1' } as const
/** A timer that was set, and the time of an operation or a call that is over. */
const timer: Envelope = { ...sent, ...self, type: 'Remind', body: {}, at: sent.at + 900_000, hops: 0, timer: 'Remind' }
const deadline: Envelope = { ...timer, type: '~deadline', timer: '~call/5f2d0c9be1a74c36/0' }
const request: Envelope = { ...sent, type: 'Balance', body: {}, to: '7', reply: 'order/42' }
const answered = {
  ...sent,
  ...self,
  type: '~reply',
  id: 'payment/7/1795424400000000/0',
  from: 'payment/7',
  cause: sent.id,
  hops: 2,
}
const reply: Envelope = { ...answered, body: { call: sent.id, ok: true, reply: { cents: 500 } } }
const refusal: Envelope = { ...answered, body: { call: sent.id, ok: false, code: 'declined', message: 'too much' } }
const { cause: _, ...uncaused } = sent
const wake: Envelope = { ...uncaused, id: 'order/42/1795424400000000/wake', type: '~wake', body: {}, hops: 0 }
const cancel: Envelope = { ...client, type: '~cancel', body: { flow: 'Place' } }

describe('version 1, byte by byte', () => {
  test.each([
    ['envelope-v1', [sent]],
    ['envelope-v1-client', [client]],
    ['envelope-v1-bundle', [sent, second]],
    ['envelope-v1-timer', [timer]],
    ['envelope-v1-deadline', [deadline]],
    ['envelope-v1-request', [request]],
    ['envelope-v1-reply', [reply]],
    ['envelope-v1-refusal', [refusal]],
    ['envelope-v1-wake', [wake]],
    ['envelope-v1-cancel', [cancel]],
  ])('%s', (name, all) => {
    expect(encodeBundle(all.map(encodeEnvelope))).toBe(golden(name))
    expect(messages(golden(name))).toEqual(all)
  })

  test('from outside needs to, type and body only', () => {
    const [envelope] = messages(golden('envelope-v1-outside'))
    expect(envelope).toEqual({
      v: 1,
      id: 'sqs/m-1/0',
      to: '42',
      type: 'Charge',
      body: { orderId: '7', cents: 500 },
      at: carrier.sentAt,
      from: '~sqs',
      trace: 'sqs/m-1/0',
      hops: 0,
    })
  })
})

describe('an envelope', () => {
  test('comes back as it was, whatever it holds', () => {
    fc.assert(
      fc.property(envelopes, (one) => {
        expect(messages(encodeEnvelope(one))).toEqual([one])
      }),
    )
  })

  test('is encoded to the same bytes after a journey, and holds nothing that SQS refuses', () => {
    fc.assert(
      fc.property(envelopes, (one) => {
        const encoded = encodeEnvelope(one)
        expect(encodeEnvelope(messages(encoded)[0] as Envelope)).toBe(encoded)
        expect(encoded).toMatch(/^[\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u)
      }),
    )
  })

  test('of a client is known by its key: its id, else the deduplication id of the queue', () => {
    const text = '{"to":"42","type":"Add"}'
    const [byQueue] = messages(text, { deduplication: 'click-1' })
    expect([byQueue?.id, byQueue && isKeyed(byQueue)]).toEqual(['click-1', true])
    const [byId] = messages('{"to":"42","type":"Add","id":"click-2"}', { deduplication: 'other' })
    expect([byId?.id, byId && isKeyed(byId)]).toEqual(['click-2', true])
    const [byNeither] = messages(text)
    expect([byNeither?.id, byNeither && isKeyed(byNeither)]).toEqual(['sqs/m-1/0', false])
  })

  test('of a bundle without ids has an id of its own', () => {
    const bundle = '[{"to":"1","type":"A"},{"to":"1","type":"A"}]'
    expect(messages(bundle).map(({ id }) => id)).toEqual(['sqs/m-1/0', 'sqs/m-1/1'])
    expect(messages(bundle, { deduplication: 'd' }).map(({ id }) => id)).toEqual(['d', 'd/1'])
  })
})

describe('what is malformed comes back with a reason that says what to do', () => {
  test.each([
    ['not JSON', '{', /not JSON .*send \{"to"/],
    ['a text', '"x"', /not an object/],
    ['null', 'null', /not an object/],
    ['an empty array', '[]', /at least one/],
    ['an array in an array', '[[]]', /"to" is missing/],
    ['no instance', '{"type":"A"}', /"to" is missing/],
    ['an instance that is no text', '{"to":42,"type":"A"}', /"to" is missing/],
    ['an empty instance', '{"to":"","type":"A"}', /must not be empty/],
    ['a long instance', `{"to":"${'x'.repeat(129)}","type":"A"}`, /at most 128 characters, this one 129/],
    ['a reserved instance', '{"to":"~x","type":"A"}', /begin with ~/],
    ['no type', '{"to":"1"}', /"type"/],
    ['a long type', `{"to":"1","type":"${'x'.repeat(129)}"}`, /"type"/],
    ['another version', '{"to":"1","type":"A","v":2}', /version 2: this code reads version 1/],
    ['an id that is no text', '{"to":"1","type":"A","id":1}', /"id"/],
    ['an empty id', '{"to":"1","type":"A","id":""}', /"id"/],
    ['a long id', `{"to":"1","type":"A","id":"${'x'.repeat(513)}"}`, /1 to 512/],
    ['a time before 1970', '{"to":"1","type":"A","at":-1}', /"at"/],
    ['a time too far off', '{"to":"1","type":"A","at":9e15}', /"at"/],
    ['a broken time', '{"to":"1","type":"A","at":1.5}', /"at"/],
    ['negative hops', '{"to":"1","type":"A","hops":-1}', /"hops"/],
    ['a sender that is no text', '{"to":"1","type":"A","from":{}}', /"from"/],
    ['an empty trace', '{"to":"1","type":"A","trace":""}', /"trace"/],
    ['a timer without a name', '{"to":"1","type":"A","timer":""}', /"timer"/],
    ['a caller that is no text', '{"to":"1","type":"A","reply":{}}', /"reply"/],
    ['a long cause', `{"to":"1","type":"A","cause":"${'x'.repeat(1025)}"}`, /"cause"/],
  ])('%s', (_, body, reason) => {
    expect(fault(body)?.reason).toMatch(reason)
  })

  test('never by throwing, whatever the body is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.array(fc.object()).map((one) => JSON.stringify(one)),
        ),
        (body) => {
          expect(decodeBundle(body, carrier).length).toBeGreaterThan(0)
        },
      ),
    )
    const deep = '['.repeat(200_000) + ']'.repeat(200_000)
    expect(fault(deep)).toBeDefined()
  })

  test('names the instance where there is one', () => {
    expect([fault('{"to":"1"}')?.instance, fault('{"to":"a b"}')?.instance]).toEqual(['1', undefined])
  })
})

test('an answer that no queue would take is none: it would hold up whoever gives it', () => {
  const [arrival] = decodeBundle('{"to":"42","type":"Ask","reply":"desk/b c"}', { messageId: 'm', sentAt: 1 })
  expect(arrival).toMatchObject({ kind: 'malformed', instance: '42', reason: expect.stringContaining('"reply": an instance id') })
})
