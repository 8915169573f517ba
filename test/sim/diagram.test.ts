import { describe, expect, test } from '@jest/globals'
import { diagram } from '../../lib/sim/diagram.ts'
import type { Message } from '../../lib/sim/message-book.ts'
import type { Happening } from '../../lib/sim/story.ts'

const message = (from: string | undefined, receiver: string, type: string, body: unknown): Message => ({
  id: `${from}-${type}`,
  receiver,
  type,
  kind: 'message',
  from,
  place: [0, 0],
  text: JSON.stringify({ body }),
  accepted: 1,
  applied: 1,
})
const place = message(undefined, 'order/1', 'Place', { sku: 'tea', lines: [1, 2] })
const charge = message('order/1', 'payment/ann', 'Charge', { pence: 5 })
const asked: Happening = { at: 0, kind: 'asked', message: place, again: false }
const handled: Happening = { at: 9, kind: 'handled', message: place, version: 1, sends: [charge] }

describe('a diagram', () => {
  test('has a participant an instance, an arrow a handled message, a note a fault, and the broken claim at its end', () => {
    const struck: Happening = { at: 5, kind: 'struck', fault: 'crash', where: 'order-1', instances: ['order/1'] }
    const charged: Happening = { at: 20, kind: 'handled', message: charge, version: 1, sends: [] }
    expect(diagram([asked, struck, handled, charged], ['no money: lost'])).toEqual([
      'sequenceDiagram',
      '  participant p0 as client',
      '  participant p1 as order/1',
      '  participant p2 as payment/ann',
      '  Note over p1: fault crash',
      '  p0->>p1: Place sku=tea lines=..',
      '  p1->>p2: Charge pence=5',
      '  Note over p0,p2: broken no money lost',
    ])
  })

  test('crosses out what was never applied', () => {
    expect(diagram([asked, handled], []).at(-1)).toBe('  p1-xp2: Charge pence=5 is never applied')
  })

  test('shows a run that came to nothing, and what was kept as failed', () => {
    const began: Happening = { at: 1, kind: 'began', message: place, run: { number: 0, committed: false } }
    const kept: Happening = { at: 2, kind: 'kept', instance: 'order/1', type: 'Place', code: 'rejected' }
    expect(diagram([asked, began, kept], []).slice(3, 5)).toEqual([
      '  Note over p1: Place begins and is not committed',
      '  Note over p1: keeps Place as failed rejected',
    ])
  })

  test('holds nothing that Mermaid would read as its own', () => {
    const nasty = message('a;b#1/%%{init}%%', 'c"<script>/->>:', 'End\nloop', { 'x;': '#quot;\n: "y" %% <br/> [z] {w} ->> é' })
    const lines = diagram([{ at: 0, kind: 'handled', message: nasty, version: 1, sends: [] }], ['a;b\nc#d'])
    const safe =
      /^(sequenceDiagram| {2}participant p\d+ as [\w ./=,()-]+| {2}p\d+(->>|-x)p\d+: [\w ./=,()-]+| {2}Note over p\d+(,p\d+)?: [\w ./=,()-]+)$/
    for (const line of lines) expect(line).toMatch(safe)
  })
})
