// One execution environment of a process: receive → load → recover → hop → commit → perform → acknowledge.
//
// Deliveries that came for the first time run in parallel by instance, and what they send is merged. One that came before may have
// ended an invocation, so those follow one after the other: an attempt that was written ahead is never burned by a neighbour.
import type { Answer } from '../core/call.ts'
import type { Process } from '../core/definition.ts'
import { type Arrival, decodeBundle } from '../core/envelope.ts'
import { malformedFailure, nowhere } from '../core/failure.ts'
import { batchEntriesMax, batchesAtOnce, hopsAtOnce } from '../core/limits.ts'
import type { Delivery } from '../ports/mailbox.ts'
import { WarmCache } from './cache.ts'
import { callDirectly } from './direct.ts'
import type { Host, Runtime } from './host.ts'
import { type Hop, returnAll, runHop } from './instance.ts'
import { keep } from './keep.ts'
import { Limiter } from './limiter.ts'
import type { Message, Scope } from './message.ts'
import { failuresOutbox, type Outbox, outboxOf, perform, pongsOutbox } from './perform.ts'
import { pooled } from './pool.ts'
import { isRedelivered } from './standing.ts'

/** Makes the runtime of one environment; it keeps the warm cache across invocations. */
export const createRuntime = (process: Process, host: Host): Runtime => {
  const cache = new WarmCache()
  const found = new Set<string>()
  const limiter =
    typeof GAVOTTE_WITHOUT_LIMIT === 'undefined' && process.limit !== undefined ? new Limiter(process.limit, host) : undefined
  const scopeOf = (deadline: number): Scope => ({
    process,
    host,
    cache,
    found,
    limiter,
    deadline: deadline - reserveMs(deadline - host.clock.now()),
  })
  return {
    call: async ({ envelope, deadline }) =>
      typeof GAVOTTE_WITHOUT_CALLS === 'undefined' ? callDirectly(scopeOf(deadline), envelope) : noCalls(process),
    receive: async ({ deliveries, deadline }) => {
      const scope = scopeOf(deadline)
      const { byInstance, malformed } = sort(deliveries)
      const hops = [...byInstance]
      const fresh = hops.filter(([, messages]) => !messages.some(isRedelivered))
      const again = hops.filter(([, messages]) => messages.some(isRedelivered))
      const returned = new Map<Delivery, number>()
      const finish = async (ran: readonly Hop[], refused: readonly Refused[]): Promise<void> => {
        for (const [delivery, seconds] of await settle(scope, ran, refused))
          returned.set(delivery, Math.max(seconds, returned.get(delivery) ?? 0))
      }
      await finish(await pooled(fresh, hopsAtOnce, ([instance, messages]) => runHop(scope, instance, messages)), malformed)
      for (const [instance, messages] of again) await finish([await runHop(scope, instance, messages)], [])
      await hide(host, returned)
      return { returned: [...returned.keys()].map((delivery) => delivery.messageId) }
    },
  }
}

const noCalls = ({ contract: { name } }: Process): Answer => ({
  ok: false,
  code: 'unknown-type',
  message: `${name} answers no calls: its contract has none`,
})

/** What of an invocation's time is kept for commit, perform and acknowledge after the last handler. */
const reserveMs = (budgetMs: number): number => Math.min(5000, Math.max(50, budgetMs / 5))

interface Refused {
  readonly arrival: Arrival & { readonly kind: 'malformed' }
  readonly delivery: Delivery
}

const sort = (deliveries: readonly Delivery[]) => {
  const byInstance = new Map<string, Message[]>()
  const malformed: Refused[] = []
  for (const delivery of deliveries) {
    for (const arrival of decodeBundle(delivery.body, delivery)) {
      if (arrival.kind === 'malformed') {
        malformed.push({ arrival, delivery })
        continue
      }
      const { envelope } = arrival
      const messages = byInstance.get(envelope.to)
      if (messages === undefined) byInstance.set(envelope.to, [{ envelope, delivery }])
      else messages.push({ envelope, delivery })
    }
  }
  return { byInstance, malformed }
}

/** Performs what hops committed and keeps what is malformed. @returns deliveries that are not acknowledged, with the seconds to hide them */
const settle = async (
  scope: Scope,
  hops: readonly Hop[],
  refused: readonly Refused[],
): Promise<ReadonlyMap<Delivery, number>> => {
  const { process, host } = scope
  const committed = hops.flatMap(({ standing }) =>
    standing !== undefined && !standing.performed ? [outboxOf(host, process.contract.name, standing.record)] : [],
  )
  const pongs = hops.flatMap((hop) => (hop.pongs.length > 0 ? [pongsOutbox(host, hop.instance, hop.pongs)] : []))
  const undone = await perform(host, [...committed, ...pongs, ...refusals(scope, refused)])
  const returned = new Map(hops.flatMap((hop) => [...(undone.has(hop.instance) ? returnAll(scope, hop.messages) : hop.returned)]))
  for (const { arrival, delivery } of refused) {
    if (undone.has(arrival.instance ?? nowhere)) returned.set(delivery, Math.max(1, returned.get(delivery) ?? 0))
    else
      host.log.write('warn', 'a malformed message is set aside', {
        process: process.contract.name,
        id: arrival.id,
        reason: arrival.reason,
      })
  }
  await pooled(hops, hopsAtOnce, ({ instance, standing }) => keep(scope, instance, undone.has(instance) ? undefined : standing))
  return returned
}

const refusals = ({ process, host }: Scope, refused: readonly Refused[]): readonly Outbox[] =>
  [...Map.groupBy(refused, ({ arrival }) => arrival.instance ?? nowhere)].map(([owner, group]) =>
    failuresOutbox(
      process.contract.name,
      owner,
      group.map(({ arrival }) => malformedFailure(arrival, host.clock.now())),
    ),
  )

const hide = async ({ mailbox }: Host, returned: ReadonlyMap<Delivery, number>): Promise<void> => {
  const entries = [...returned].map(([{ receipt, source }, seconds]) => ({
    receipt,
    seconds,
    ...(source !== undefined && { source }),
  }))
  const batches = Array.from({ length: Math.ceil(entries.length / batchEntriesMax) }, (_, n) =>
    entries.slice(n * batchEntriesMax, (n + 1) * batchEntriesMax),
  )
  await pooled(batches, batchesAtOnce, (batch) => mailbox.hide(batch))
}
