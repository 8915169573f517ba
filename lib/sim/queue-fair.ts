// Which message a standard queue hands out next: the oldest of the quiet tenants, and only then those of noisy ones (fair queues).
//
// Source: SQS developer guide, "How Amazon SQS fair queues work". "Because Amazon SQS is a distributed system, these thresholds are
// approximate and detection may not activate at the exact values described": here it does, exactly. Every step is O(log n) or better:
// of tenants that are noisy at once there are eighteen at most, since each has over a tenth of one of two sums.
import { Heap, type HeapNode } from './queue-heap.ts'
import type { Held, MessageState, QueueOrder } from './queue-order.ts'

/** "the tenant accounts for more than 10% of in-flight messages in the queue and has at least 30 of its own messages in flight" */
const share = 0.1
const inFlightMin = 30
/** Processing time counts as long as it is "recent", which the guide leaves open: here half of it is forgotten in a minute. */
const halfLifeMs = 60_000

/** A sum that forgets. */
class Recent {
  #sum = 0
  #at = 0

  add(value: number, now: number): void {
    this.#sum = this.at(now) + value
    this.#at = now
  }

  at(now: number): number {
    return this.#sum === 0 ? 0 : this.#sum * 2 ** ((this.#at - now) / halfLifeMs)
  }

  clear(): void {
    this.#sum = 0
  }
}

/** "Messages that share the same MessageGroupId belong to the same tenant." */
interface Tenant {
  readonly name: string | undefined
  /** What is visible, the oldest first. */
  readonly waiting: Heap<Held>
  inFlight: number
  /** Time for which its messages were in flight, ms. */
  readonly processing: Recent
  /** Its place among the quiet; undefined while it has nothing to hand out, or is noisy. */
  quiet: HeapNode<Tenant> | undefined
}

export class FairOrder implements QueueOrder {
  readonly #tenants = new Map<string | undefined, Tenant>()
  readonly #nodes = new Map<Held, HeapNode<Held>>()
  readonly #quiet = new Heap<Tenant>()
  readonly #noisy = new Set<Tenant>()
  readonly #processing = new Recent()
  #inFlight = 0
  #now = 0

  advance(now: number): void {
    this.#now = now
  }

  add(held: Held): void {
    const tenant = this.#tenantOf(held)
    if (held.state === 'visible') this.#nodes.set(held, tenant.waiting.push(held.message.ordinal, held))
    if (held.state === 'inFlight') this.#count(tenant, 1)
    this.#settle(tenant)
  }

  changed(held: Held, was: MessageState): void {
    this.#leave(held, was)
    this.add(held)
  }

  drop(held: Held): void {
    this.#leave(held, held.state)
    this.#settle(this.#tenantOf(held))
  }

  walk(visit: (held: Held) => boolean): void {
    for (let next = this.#next(); next !== undefined && visit(next); ) next = this.#next()
  }

  #leave(held: Held, was: MessageState): void {
    const tenant = this.#tenantOf(held)
    const node = this.#nodes.get(held)
    if (node !== undefined) tenant.waiting.remove(node)
    this.#nodes.delete(held)
    if (was !== 'inFlight') return
    this.#count(tenant, -1)
    const ms = Math.max(0, this.#now - held.receivedAt)
    tenant.processing.add(ms, this.#now)
    this.#processing.add(ms, this.#now)
  }

  #count(tenant: Tenant, change: 1 | -1): void {
    tenant.inFlight += change
    this.#inFlight += change
  }

  // "Consumer instances polling for messages receive messages from quiet tenants whenever quiet-tenant messages are available. This
  // prioritization continues until the noisy neighbor's concurrency share and processing time share drop to levels comparable to quiet
  // tenants." "When no quiet-tenant messages are waiting, consumer instances receive noisy neighbor messages as usual."
  #next(): Held | undefined {
    for (const tenant of this.#noisy) {
      if (this.#isNoisy(tenant)) continue
      this.#noisy.delete(tenant)
      this.#settle(tenant)
    }
    for (let least = this.#quiet.least; least !== undefined; least = this.#quiet.least) {
      const tenant = least.item
      if (!this.#isNoisy(tenant)) return tenant.waiting.least?.item
      this.#noisy.add(tenant)
      this.#settle(tenant)
    }
    return this.#leastNoisy()?.waiting.least?.item
  }

  // "A tenant is marked as a noisy neighbor when either of the following is true". "Each message without a MessageGroupId is treated as
  // belonging to its own distinct tenant": it has no other message that could wait longer for it.
  #isNoisy({ name, inFlight, processing }: Tenant): boolean {
    if (name === undefined) return false
    if (inFlight >= inFlightMin && inFlight > share * this.#inFlight) return true
    // "the tenant's recent share of total consumer processing time exceeds 10%"
    return processing.at(this.#now) > share * this.#processing.at(this.#now)
  }

  // "If multiple tenants are detected as noisy neighbors simultaneously, consumer instances receive messages from the noisy tenant with
  // the fewest in-flight messages first."
  #leastNoisy(): Tenant | undefined {
    let least: Tenant | undefined
    for (const tenant of this.#noisy) if (least === undefined || isBefore(tenant, least)) least = tenant
    return least
  }

  #tenantOf({ message: { group } }: Held): Tenant {
    const known = this.#tenants.get(group)
    if (known !== undefined) return known
    const tenant: Tenant = { name: group, waiting: new Heap(), inFlight: 0, processing: new Recent(), quiet: undefined }
    this.#tenants.set(group, tenant)
    return tenant
  }

  #settle(tenant: Tenant): void {
    const oldest = tenant.waiting.least?.key
    // "A tenant is no longer treated as a noisy neighbor when [...] the tenant's backlog has been fully consumed."
    if (oldest === undefined) {
      this.#noisy.delete(tenant)
      tenant.processing.clear()
      if (tenant.inFlight === 0) this.#tenants.delete(tenant.name)
    }
    const key = this.#noisy.has(tenant) ? undefined : oldest
    if (tenant.quiet?.key === key) return
    if (tenant.quiet !== undefined) this.#quiet.remove(tenant.quiet)
    tenant.quiet = key === undefined ? undefined : this.#quiet.push(key, tenant)
  }
}

const isBefore = (a: Tenant, b: Tenant): boolean =>
  a.inFlight === b.inFlight ? (a.waiting.least?.key ?? 0) < (b.waiting.least?.key ?? 0) : a.inFlight < b.inFlight
