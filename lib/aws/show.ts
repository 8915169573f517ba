// One message that has failed for good: all that its table knows of it.
import type { Envelope } from '../core/envelope.ts'
import { failedSk } from '../core/failure.ts'
import type { Item } from '../core/item.ts'
import { recordSk } from '../core/record.ts'
import { envelopeIn, textOf } from '../runtime/kept.ts'
import type { Table } from './connection.ts'
import { type FailedMessage, type FailedName, failedMessage, type Resolution, resolutionOf } from './failures.ts'
import { DynamoStore } from './store.ts'

/** What became of it each time, the oldest first. */
export interface Round extends Pick<FailedMessage, 'round' | 'code' | 'reason' | 'attempts' | 'at'> {
  /** What was done about it; undefined if nothing was. */
  readonly resolution?: Resolution
}

/** `code`, `reason`, `attempts` and `at` are of the last time. */
export interface FailedDetail extends FailedMessage {
  /** The message as it came: JSON text, or whatever it was. */
  readonly message: string
  /** The message, unless it cannot be read as one: then it can be discarded only. */
  readonly envelope?: Envelope
  /** First lines of the error's stack. */
  readonly stack?: string
  readonly rounds: readonly Round[]
  /** Nothing was done about it since it failed last. */
  readonly open: boolean
}

export const storeOf = ({ dynamodb, name }: Table): DynamoStore => new DynamoStore({ dynamodb, table: name, clock: Date })

export const showFailed = async (table: Table, { process, instance, id }: FailedName): Promise<FailedDetail | undefined> => {
  const store = storeOf(table)
  const read = (sk: string): Promise<readonly Item[]> => Array.fromAsync(store.range(instance, sk, `${sk}~~`))
  const sk = failedSk(id)
  const [kept, done, record] = await Promise.all([
    read(sk),
    read(sk.replace('failed/', 'resolved/')),
    store.get(instance, recordSk),
  ])
  const resolutions = new Map(done.map((item) => resolutionOf(process, item)).map((one) => [one.round, one]))
  const failures = kept
    .filter(({ attributes }) => attributes.page === undefined)
    .map((item) => ({ item, failure: failedMessage(process, item, record) }))
    .sort((a, b) => a.failure.round - b.failure.round)
  const last = failures.at(-1)
  if (last === undefined) return undefined
  const message = await textOf(store, last.item)
  const envelope = envelopeIn(message)
  const { stack } = last.item.attributes
  return {
    ...last.failure,
    message,
    ...(envelope !== undefined && { envelope }),
    ...(stack !== undefined && { stack: String(stack) }),
    rounds: failures.map(({ failure: { round, code, reason, attempts, at } }) => {
      const resolution = resolutions.get(round)
      return { round, code, reason, attempts, at, ...(resolution !== undefined && { resolution }) }
    }),
    open: !resolutions.has(last.failure.round),
  }
}
