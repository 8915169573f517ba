// Whether a message may be handled now, by the limit of its process.
//
// The bucket of an instance is in its record: what is taken is committed with what it was taken for. What instances share is an item of
// its own, from which an environment takes a block of tokens by one conditional write, and then spends them by itself. So of a shared rate
// at most one block an environment is spent later than it was taken; what dies with an environment is lost, never spent twice.

import { backoffSeconds } from '../core/backoff.ts'
import { digest } from '../core/digest.ts'
import type { Envelope } from '../core/envelope.ts'
import { Conflict } from '../core/errors.ts'
import type { Draft } from '../core/hop.ts'
import type { Item } from '../core/item.ts'
import { type Bucket, blockOf, bucketOf, type Limit, limitedBy, refilledAt, spent, tokensAt } from '../core/limit.ts'
import { conflictsMax } from '../core/limits.ts'
import type { Delivery } from '../ports/mailbox.ts'
import type { Condition } from '../ports/store.ts'
import type { Host } from './host.ts'

/** What an environment knows of one key. */
interface Share {
  /** Taken and not spent yet. */
  tokens: number
  /** The bucket, as it was last seen. */
  item: Item | undefined
  /** No block is to be had before, ms since 1970. */
  dryUntil: number
  /** Those who wait come again one after the other: when the next would. */
  line: number
  taking: Promise<void> | undefined
}

interface Bearer {
  readonly delivery: Pick<Delivery, 'receiveCount'>
}

const sharesMax = 2000
/** What is added to a turn at most. */
const vainMsMax = 30_000
const keyLengthMax = 128

export class Limiter {
  readonly #limit: Limit
  readonly #bucket: Bucket
  readonly #host: Host
  readonly #shares = new Map<string, Share>()
  /** Messages that have their token: they keep it when a commit is lost. */
  readonly #granted = new WeakSet<object>()

  constructor(limit: Limit, host: Host) {
    this.#limit = limit
    this.#bucket = bucketOf(limit)
    this.#host = host
  }

  /**
   * Takes a token, from the draft or from what instances share.
   * @param bearer the message in this invocation; undefined where it is not one that comes again
   * @returns undefined where the message may be handled now, else when it should come again, ms from now
   * @throws Transient, and Conflict where too many environments take at once
   */
  async waitFor(draft: Draft, envelope: Envelope, bearer?: Bearer): Promise<number | undefined> {
    const key = limitedBy(this.#limit, draft.base.instance, envelope.body)
    if (key === undefined) return undefined
    const now = this.#host.clock.now()
    if (this.#limit.per === 'instance') {
      const { paid } = draft
      if (tokensAt(this.#bucket, paid, now) < 1)
        return this.#turn(this.#shareOf(key), refilledAt(this.#bucket, paid as number), bearer) - now
      draft.paid = spent(this.#bucket, paid, now)
      return undefined
    }
    if (bearer !== undefined && this.#granted.has(bearer)) return undefined
    const share = this.#shareOf(key)
    while (share.tokens === 0) {
      if (this.#host.clock.now() < share.dryUntil) return this.#turn(share, share.dryUntil, bearer) - now
      share.taking ??= this.#take(share, key).finally(() => {
        share.taking = undefined
      })
      await share.taking
    }
    share.tokens -= 1
    if (bearer !== undefined) this.#granted.add(bearer)
    return undefined
  }

  // Each comes a little later than the one before, or all would come at once, and most of them in vain.
  #turn(share: Share, from: number, bearer: Bearer | undefined): number {
    if (bearer === undefined) return from
    const turn = Math.max(share.line, from)
    share.line = turn + this.#bucket.intervalMs
    const { receiveCount } = bearer.delivery
    if (this.#limit.per === 'instance' || receiveCount === 1) return turn
    // Other environments have lines of their own: who came in vain comes more rarely, or all would be busy with nothing but coming.
    return turn + Math.min(vainMsMax, backoffSeconds(receiveCount, this.#host.ids.dice()) * 1000)
  }

  async #take(share: Share, key: string): Promise<void> {
    const { store, clock, ids } = this.#host
    const bucket = this.#bucket
    const pk = `~limit/${key.length > keyLengthMax ? digest(key) : key}`
    share.item ??= await store.get(pk, 'limit')
    for (let n = 0; n <= conflictsMax; n++) {
      const now = clock.now()
      const { version = 0, paid } = (share.item?.attributes ?? {}) as { readonly version?: number; readonly paid?: number }
      const block = blockOf(bucket)
      if (paid !== undefined && refilledAt(bucket, paid, block) > now) {
        share.dryUntil = refilledAt(bucket, paid, block)
        return
      }
      const paidNow = spent(bucket, paid, now, block)
      const nonce = ids.nonce()
      const attributes = { version: version + 1, nonce, paid: paidNow, expires: Math.ceil(paidNow / 1000) + keptSeconds }
      const result = await store.put({ pk, sk: 'limit', attributes }, standing(share.item))
      share.item = result.kind === 'written' ? { pk, sk: 'limit', attributes } : (result.item ?? (await store.get(pk, 'limit')))
      if (result.kind === 'written' || share.item?.attributes.nonce === nonce) {
        share.tokens += block
        return
      }
    }
    throw new Conflict('too-many-conflicts', `${pk}: lost ${conflictsMax} version races in a row`)
  }

  #shareOf(key: string): Share {
    const share = this.#shares.get(key) ?? { tokens: 0, item: undefined, dryUntil: 0, line: 0, taking: undefined }
    this.#shares.delete(key)
    this.#shares.set(key, share)
    for (const oldest of this.#shares.keys()) {
      if (this.#shares.size <= sharesMax) break
      this.#shares.delete(oldest)
    }
    return share
  }
}

/** A bucket that is full again is as none; until then clocks may differ. */
const keptSeconds = 86_400

const standing = (item: Item | undefined): Condition =>
  item === undefined
    ? { kind: 'absent' }
    : { kind: 'at', version: item.attributes.version as number, nonce: item.attributes.nonce as string }
