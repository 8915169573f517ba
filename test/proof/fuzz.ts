// Malformed messages through the real runtime, from a seed: each must be refused with a reason and kept, and the valid ones in between applied in order.
import * as z from 'zod'
import { encodeEnvelope } from '../../lib/core/envelope.ts'
import { contract, defineProcess } from '../../lib/index.ts'
import { createRuntime } from '../../lib/runtime/runtime.ts'
import type { Random } from '../../lib/sim/index.ts'
import { createRandom } from '../../lib/sim/random.ts'
import { delivery, envelope, type MemoryHost, memoryHost } from '../runtime/memory-host.ts'

const Tally = contract('tally', { messages: { Add: z.object({ n: z.int() }) } })
const tally = defineProcess(Tally, { state: z.object({ last: z.int(), wrong: z.int() }) }).handle({
  initial: () => ({ last: 0, wrong: 0 }),
  on: {
    Add(ctx, { n }) {
      if (n !== ctx.state.last + 1) ctx.state.wrong += 1
      ctx.state.last = n
    },
  },
})

const valid = (n: number, to: string) => envelope({ to, type: 'Add', body: { n } })
const nested = (levels: number): unknown => (levels === 0 ? 0 : [nested(levels - 1)])
const dayMs = 86_400_000
const junk = (random: Random): unknown => random.pick([null, true, 7, -1.5, '', 'text', [], {}, [null], { a: [1] }])
const bytes = (random: Random): string =>
  `#${String.fromCharCode(...Array.from({ length: random.between(1, 300) }, () => random.int(0xd7ff)))}`

/** Kinds of messages that nobody can take; each draws one as the text of a queue message. */
const kinds: { readonly [kind: string]: (random: Random, at: number) => string } = {
  bytes,
  cut: (random) => {
    const text = encodeEnvelope(valid(1, 'a'))
    return text.slice(0, random.between(1, text.length - 1))
  },
  scalar: (random) => JSON.stringify(random.pick([null, true, false, 0, -1, 1e300, '', 'text', bytes(random)])),
  'without a receiver': (random) =>
    JSON.stringify({ ...valid(1, 'a'), to: random.pick([undefined, null, 7, '', [], {}, 'x'.repeat(200)]) }),
  'without a type': (random) => JSON.stringify({ ...valid(1, 'a'), type: random.pick([undefined, null, 7, [], {}]) }),
  'of a type that nobody has': (random) =>
    JSON.stringify({ ...valid(1, 'a'), type: random.pick(['Zap', 'add', 'constructor', '__proto__', 'Add ', 'toString']) }),
  'with a body that does not fit': (random) =>
    JSON.stringify({ ...valid(1, 'a'), body: random.pick([junk(random), { n: 1.5 }, { n: '1' }]) }),
  'nested too deep': (random) => JSON.stringify({ ...valid(1, 'a'), body: nested(random.between(250, 2000)) }),
  'from another time': (random, at) =>
    JSON.stringify({ ...valid(1, 'a'), at: random.pick([at + 2 * dayMs, at - 91 * dayMs, -1, 1e300, 'now']) }),
  'of too many hops': (random) => JSON.stringify({ ...valid(1, 'a'), hops: random.pick([1001, 1e9, -1, 0.5, 'x']) }),
  'of a version to come': (random) => JSON.stringify({ ...valid(1, 'a'), v: random.pick([2, 99, 'one']) }),
  'with an answer to nowhere': (random) =>
    JSON.stringify({ ...valid(1, 'a'), reply: random.pick(['nowhere', '', 7, 'a/b c/d']) }),
}

export interface Fuzzed {
  readonly malformed: number
  readonly valid: number
  /** How often each reason was given. */
  readonly reasons: { readonly [code: string]: number }
  /** What did not come out as it must; at most twenty. */
  readonly faults: readonly string[]
}

const faultsMax = 20
const isKept = (sk: string): boolean => /^failed\/[0-9a-f]+$/.test(sk)

/** What became of a batch; the host is swept for the next. */
const judged = (
  host: MemoryHost,
  drawn: readonly string[],
  returned: number,
  reasons: Record<string, number>,
): readonly string[] => {
  const kept = [...host.items.values()].filter(({ sk }) => isKept(sk))
  const found = { returned, kept: kept.length, letters: host.sent.length }
  for (const { pk, sk, attributes } of kept) {
    const code = String(attributes.code)
    reasons[code] = (reasons[code] ?? 0) + 1
    host.items.delete(`${pk} ${sk}`)
  }
  host.sent.length = 0
  host.batches.length = 0
  const isWell = returned === 0 && found.kept === drawn.length && found.letters === drawn.length
  const mute = kept.filter(({ attributes }) => String(attributes.reason ?? '').length < 10)
  return [
    ...(isWell ? [] : [`${drawn.join(', ')} came to ${JSON.stringify(found)}`]),
    ...mute.map(({ attributes }) => `${String(attributes.code)} without a reason`),
  ]
}

/** Runs so many malformed messages through a process, in batches with valid ones among them. */
export const fuzz = async (count: number, seed = 1): Promise<Fuzzed> => {
  const random = createRandom(seed).stream('fuzz')
  const host: MemoryHost = { ...memoryHost(), log: { write: () => {} } }
  const runtime = createRuntime(tally, host)
  const reasons: Record<string, number> = {}
  const faults: string[] = []
  const sent: Record<string, number> = { a: 0, b: 0 }
  let malformed = 0
  while (malformed < count && faults.length < faultsMax) {
    const drawn: string[] = []
    const batch = Array.from({ length: random.between(1, 10) }, () => {
      const to = random.pick(['a', 'b'])
      if (random.chance(0.3)) {
        sent[to] = (sent[to] ?? 0) + 1
        return delivery(valid(sent[to], to))
      }
      const kind = random.pick(Object.keys(kinds))
      drawn.push(kind)
      return delivery(kinds[kind]?.(random, host.clock.now()) ?? '')
    })
    const { returned } = await runtime.receive({ deliveries: batch, deadline: host.clock.now() + 30_000 })
    faults.push(...judged(host, drawn, returned.length, reasons).map((fault) => `seed ${seed}: ${fault}`))
    malformed += drawn.length
  }
  for (const [to, n] of Object.entries(sent)) {
    const text = String(host.items.get(`${to} record`)?.attributes.state)
    if (n > 0 && text !== JSON.stringify({ last: n, wrong: 0 }))
      faults.push(`seed ${seed}: ${to} was sent ${n} and holds ${text}`)
  }
  return { malformed, valid: (sent.a ?? 0) + (sent.b ?? 0), reasons, faults: faults.slice(0, faultsMax) }
}
