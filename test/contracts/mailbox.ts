// What every Mailbox must keep to, whatever it stands on.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Entry, Mailbox, Queue } from '../../lib/ports/mailbox.ts'

export interface Received {
  readonly receipt: string
  readonly body: string
  readonly group?: string
  readonly deduplication?: string
  readonly attributes: { readonly [name: string]: string }
}

export interface MailboxUnderTest {
  /** The adapter of process `order`, whose mailbox is FIFO, and which has a timer queue; `web` has a standard mailbox. */
  readonly mailbox: Mailbox
  /** ARN of the timer queue. */
  readonly timerArn: string
  /** All messages that show now, up to ten; they are in flight after it. */
  readonly receive: (queue: Queue) => Promise<readonly Received[]>
  readonly close?: () => Promise<void>
}

const order: Queue = { role: 'mailbox', process: 'order' }
const web: Queue = { role: 'mailbox', process: 'web' }
const timer: Queue = { role: 'timer', process: 'order' }
const deadLetter: Queue = { role: 'deadLetter', process: 'order' }
const entry = (id: string, group: string, more: Partial<Entry> = {}): Entry => ({
  id,
  body: `{"n":"${id}"}`,
  group,
  deduplication: `dedup-${id.replaceAll(' ', '')}`,
  ...more,
})

/** @param make empty queues with a visibility timeout of at least ten seconds */
export const mailboxClaims = (name: string, make: () => Promise<MailboxUnderTest>): void => {
  describe(`${name} as a mailbox`, () => {
    let under: MailboxUnderTest
    beforeAll(async () => {
      under = await make()
    })
    afterAll(() => under.close?.())

    test('sends ten entries of ten groups with all that they carry', async () => {
      const entries = Array.from({ length: 10 }, (_, n) => entry(`a long id: order/42/1795424400000000/${n}`, `group-${n}`))
      expect(await under.mailbox.send(order, entries)).toEqual(new Map())
      const received = await under.receive(order)
      expect(received.map(({ body, group, deduplication }) => ({ body, group, deduplication })).sort(byGroup)).toEqual(
        entries.map(({ body, group, deduplication }) => ({ body, group, deduplication })),
      )
    })

    test('accepts a second send of the same message, which then shows once', async () => {
      await under.mailbox.send(order, [entry('twice', 'twice')])
      expect(await under.mailbox.send(order, [entry('twice', 'twice')])).toEqual(new Map())
      expect(await under.receive(order)).toHaveLength(1)
    })

    test('sends to a standard queue, where nothing is deduplicated', async () => {
      await under.mailbox.send(web, [entry('same', 'tenant'), entry('other', 'tenant')])
      await under.mailbox.send(web, [entry('same', 'tenant')])
      const bodies = [...(await under.receive(web)), ...(await under.receive(web))].map(({ body }) => body)
      expect(bodies.sort()).toEqual(['{"n":"other"}', '{"n":"same"}', '{"n":"same"}'])
    })

    test('names the tenant to a standard queue, which is fair among tenants, and the instance to an ordered one', async () => {
      await under.mailbox.send(web, [entry('fair', 'acme/42')])
      await under.mailbox.send(order, [entry('fair', 'acme/42')])
      expect(await under.receive(web)).toMatchObject([{ group: 'acme' }])
      expect(await under.receive(order)).toMatchObject([{ group: 'acme/42' }])
    })

    test('carries attributes to the dead-letter queue', async () => {
      const attributes = { reason: 'handler-failed', attempts: '5' }
      await under.mailbox.send(deadLetter, [entry('dead', '42', { attributes })])
      expect(await under.receive(deadLetter)).toMatchObject([{ group: '42', attributes }])
    })

    test('carries every character that JSON text may hold', async () => {
      const value = '\u0000\u001f\u007f\u2028\ud800 😀'
      await under.mailbox.send(order, [entry('odd', 'odd', { body: JSON.stringify(value) })])
      const [received] = await under.receive(order)
      expect(JSON.parse(received?.body ?? '')).toBe(value)
    })

    test('names the entries that did not get through and sends the others', async () => {
      const failed = await under.mailbox.send(order, [
        entry('fits', 'fits'),
        entry('bad', 'bad', { deduplication: 'not allowed' }),
      ])
      expect([...failed.keys()]).toEqual(['bad'])
      expect(failed.get('bad')).toEqual({ reason: expect.stringMatching(/\w/), lasting: true })
      expect(await under.receive(order)).toMatchObject([{ body: '{"n":"fits"}' }])
    })

    test('shows a message again at once if it is hidden for no time', async () => {
      await under.mailbox.send(order, [entry('hidden', 'hidden')])
      const [received] = await under.receive(order)
      await under.mailbox.hide([{ receipt: received?.receipt ?? '', seconds: 0 }])
      expect(await under.receive(order)).toMatchObject([{ body: '{"n":"hidden"}' }])
    })

    test('shows an entry of the timer queue after its delay, not before', async () => {
      await under.mailbox.send(timer, [entry('now', 'now', { delaySeconds: 0 }), entry('soon', 'soon', { delaySeconds: 2 })])
      expect(await under.receive(timer)).toMatchObject([{ body: '{"n":"now"}' }])
      let received = await under.receive(timer)
      for (const until = Date.now() + 10_000; received.length === 0 && Date.now() < until; received = await under.receive(timer))
        await new Promise((resolve) => setTimeout(resolve, 100))
      expect(received).toMatchObject([{ body: '{"n":"soon"}' }])
    }, 20_000)

    test('hides a delivery of the timer queue where it came from', async () => {
      await under.mailbox.send(timer, [entry('back', 'back')])
      const [received] = await under.receive(timer)
      await under.mailbox.hide([{ receipt: received?.receipt ?? '', source: under.timerArn, seconds: 0 }])
      expect(await under.receive(timer)).toMatchObject([{ body: '{"n":"back"}' }])
    })

    test('does not throw when it cannot hide', async () => {
      await under.mailbox.hide([{ receipt: 'no receipt', seconds: 5 }])
    })

    test('throws where a process has no route', async () => {
      await expect(under.mailbox.send({ role: 'mailbox', process: 'nobody' }, [entry('a', 'a')])).rejects.toThrow(/nobody/)
    })
  })
}

type Grouped = Pick<Received, 'group'> | { readonly group: string | undefined }
const byGroup = (a: Grouped, b: Grouped): number => ((a.group ?? '') < (b.group ?? '') ? -1 : 1)
