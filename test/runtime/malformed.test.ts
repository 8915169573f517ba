// Deliveries that are not as they should be, beside good ones: kept with their reason, blocking nobody.
import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { nowhere } from '../../lib/core/failure.ts'
import { hopsMax, horizonMs } from '../../lib/core/limits.ts'
import { contract, defineProcess } from '../../lib/index.ts'
import { again, deliver, delivery, envelope, keyed, memoryHost, passing } from './memory-host.ts'
import { deadLetters, environment, keptReasons, stateOf } from './processes.ts'

const deep = (body: string) => body.replace('#', '['.repeat(50_000) + ']'.repeat(50_000))

describe('a malformed delivery', () => {
  test.each([
    ['no JSON', 'hello', nowhere],
    ['a number', '7', nowhere],
    ['null', 'null', nowhere],
    ['an empty array', '[]', nowhere],
    ['no instance', '{"type":"Add"}', nowhere],
    ['an illegal instance', '{"to":"a b","type":"Add"}', nowhere],
    ['no type', '{"to":"42"}', '42'],
    ['another version', '{"v":2,"to":"42","type":"Add"}', '42'],
    ['an id that is no text', '{"to":"42","type":"Add","id":7}', '42'],
    ['a time that is none', '{"to":"42","type":"Add","at":"now"}', '42'],
    ['JSON nested beyond reason', deep('{"to":"42","x":#}'), nowhere],
  ])('with %s is kept and copied, and the good ones beside it are handled', async (_, body, partition) => {
    const host = memoryHost()
    expect(await deliver(environment(host), host, [delivery(envelope()), delivery(body), delivery(envelope())])).toEqual([])
    expect(stateOf(host)).toEqual({ count: 2 })
    const kept = [nowhere, '42'].filter((one) => keptReasons(host, one)[0] === 'malformed')
    expect(kept).toEqual([partition])
    expect(deadLetters(host)).toMatchObject([{ body, attributes: { reason: 'malformed', attempts: '1' } }])
  })

  test('in the middle of a bundle is kept alone', async () => {
    const host = memoryHost()
    const bundle = delivery(`[${JSON.stringify(envelope())},{"to":"42"},7,${JSON.stringify(envelope())}]`)
    expect(await deliver(environment(host), host, [bundle])).toEqual([])
    expect(stateOf(host)).toEqual({ count: 2 })
    expect([keptReasons(host), keptReasons(host, nowhere)]).toEqual([['malformed'], ['malformed']])
  })

  test('stays on the queue while it cannot be kept', async () => {
    const host = memoryHost()
    host.hooks.put = (item) => (item.pk === nowhere ? passing() : undefined)
    const batch = [delivery('hello'), delivery(envelope())]
    expect(await deliver(environment(host), host, batch)).toEqual([batch[0]])
    expect(stateOf(host)).toEqual({ count: 1 })
  })
})

describe('a message that cannot be handled', () => {
  test.each([
    ['unknown-type', { type: 'Nothing' }, /counter has no message "Nothing"; it has: Add, End/],
    ['unknown-type', { type: 'constructor' }, /has no message "constructor"/],
    ['unknown-type', { type: '__proto__' }, /has no message/],
    ['unknown-type', { type: 'toString' }, /has no message/],
    ['invalid-body', { body: { by: 'two' } }, /counter.Add: by: /],
    ['invalid-body', { body: 7 }, /counter.Add: /],
    ['too-many-hops', { hops: hopsMax + 1 }, /feeds itself/],
    ['too-old', { at: 1_767_225_600_000 - horizonMs - 1 }, /past the horizon of 90 days/],
  ])('is set aside at once as %s: %j', async (code, given, text) => {
    const host = memoryHost()
    const message = envelope(given)
    expect(await deliver(environment(host), host, [delivery(envelope()), delivery(message), delivery(envelope())])).toEqual([])
    expect(stateOf(host)).toEqual({ count: 2 })
    expect(keptReasons(host)).toEqual([code])
    expect(deadLetters(host)).toMatchObject([
      { attributes: { reason: code, error: expect.stringMatching(text), id: message.id } },
    ])
    expect(JSON.parse(deadLetters(host)[0]?.body ?? '')).toEqual(message)
  })

  test('with a body nested beyond reason is kept as it came', async () => {
    const host = memoryHost()
    const body = deep('{"to":"42","type":"Nothing","id":"k","body":{"x":#}}')
    expect(await deliver(environment(host), host, [delivery(envelope()), delivery(body)])).toEqual([])
    expect(stateOf(host)).toEqual({ count: 1 })
    expect(deadLetters(host)).toHaveLength(1)
  })

  test('because its schema throws is kept with what was thrown, and the function lives on', async () => {
    const Door = contract('door', {
      messages: {
        Open: z.object({ json: z.string().transform((text) => JSON.parse(text) as unknown) }),
      },
    })
    const door = defineProcess(Door, { state: z.object({ opened: z.number() }) }).handle({
      initial: () => ({ opened: 0 }),
      on: {
        Open: ({ state }) => {
          state.opened += 1
        },
      },
    })
    const host = memoryHost()
    const open = (json: string) => delivery(envelope({ type: 'Open', body: { json } }))
    expect(await deliver(environment(host, door), host, [open('{}'), open('{'), open('7')])).toEqual([])
    expect(stateOf(host)).toEqual({ opened: 2 })
    expect(keptReasons(host)).toEqual(['invalid-body'])
  })

  test('past the horizon is still dropped when it was seen', async () => {
    const host = memoryHost()
    const one = delivery(envelope())
    await deliver(environment(host), host, [one])
    host.advance(horizonMs + 1)
    await deliver(environment(host), host, [again(one)])
    expect([stateOf(host), keptReasons(host)]).toEqual([{ count: 1 }, []])
  })

  test('has a dead letter that SQS takes, whatever its id and its error hold', async () => {
    const legal = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]+$/u
    const host = memoryHost()
    const odd = '\u0000\u001f\ud800\uffff\u{1f600}'
    const messages = [
      keyed(`k${odd}`, { type: `T${odd}`, trace: `t${odd}` }),
      keyed('cut', { type: 'x'.repeat(100), trace: `${'t'.repeat(999)}\u{1f600}` }),
      ...Array.from({ length: 4 }, (_, n) => keyed(`error${n}`, { body: { ['y'.repeat(n)]: 1, by: '\u{1f600}'.repeat(600) } })),
    ]
    await deliver(
      environment(host),
      host,
      messages.map((one) => delivery(one)),
    )
    expect(deadLetters(host).length).toBeGreaterThanOrEqual(messages.length)
    for (const { body, attributes } of deadLetters(host)) {
      for (const text of [body, ...Object.values(attributes ?? {})]) expect(text).toMatch(legal)
    }
    const stored = [...host.items.values()]
      .flatMap(({ attributes }) => Object.values(attributes))
      .filter((one) => typeof one === 'string')
    expect(stored.filter((one) => !one.isWellFormed())).toEqual([])
  })
})
