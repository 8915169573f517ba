// The operator's side of an app: what has failed for good, why, and what is to be done about it.
import type { Contract } from '../core/contract.ts'
import { type Duration, milliseconds } from '../core/duration.ts'
import { Rejected } from '../core/errors.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import {
  type FailedFilter,
  type FailedMessage,
  type FailedName,
  failedIn,
  type Resolution,
  resolvedIn,
  type Span,
} from './failures.ts'
import { discard, type Remedied, redrive, type Told } from './remedies.ts'
import { type FailedDetail, showFailed } from './show.ts'

export interface OperateOptions<U extends readonly Contract[]> extends ConnectionOptions {
  /** Whom to look after. Default: all processes of the routes, or without routes all whose tables bear the app's name. */
  readonly uses?: U
}

/** Who does it and why, as the audit trail keeps it; each at most 1,000 characters. */
export interface RemedyOptions {
  readonly by?: string
  readonly why?: string
  /** How long to wait for what becomes of it. Default `2m`. */
  readonly wait?: Duration
}
export interface RedriveOptions extends RemedyOptions {
  /** Takes the place of the message's body; what failed stays as it was. At most 120,000 bytes as JSON. */
  readonly body?: unknown
}

export interface Operator<Names extends string = string> {
  /**
   * Messages that have failed for good and about which nothing was done, in the tables' own order. With an instance its items are read,
   * else each table whole, at half a read unit for each 4 KB: about 2 cents a GB.
   */
  readonly failed: (filter?: FailedFilter & { readonly process?: Names }) => AsyncIterable<FailedMessage>
  /** A failed message with all that is known of it, also when it was dealt with; undefined if there is none. */
  readonly show: (name: FailedName<Names>) => Promise<FailedDetail | undefined>
  /**
   * Has it tried again, and waits for what becomes of it. A parked instance goes on with it; on one that goes on it is tried behind
   * what came before. Doing it twice does it once.
   * @throws Rejected if no such message has failed, it was dealt with already, or it cannot be tried
   */
  readonly redrive: (name: FailedName<Names>, options?: RedriveOptions) => Promise<Remedied>
  /** Gives it up: a parked instance goes on behind it. It stays in the table. @throws as `redrive` */
  readonly discard: (name: FailedName<Names>, options?: RemedyOptions) => Promise<Remedied>
  /** What was redriven and discarded, by whom and why; costs as `failed`. */
  readonly audit: (filter?: Span & { readonly process?: Names; readonly instance?: string }) => AsyncIterable<Resolution>
  /** Waits for what is under way, then lets the connections go. */
  readonly close: () => Promise<void>
}

/**
 * Looks after the processes of an app. It needs to read their tables and to send to their mailboxes; to discard what never was a
 * message, also to write to the tables.
 * Endpoint, region and credentials are found as the AWS SDK finds them, unless `sqs` and `dynamodb` name them.
 */
export const operate = <const U extends readonly Contract[] = readonly Contract[]>({
  uses,
  ...options
}: OperateOptions<U> = {}): Operator<U[number]['name']> => {
  const connection = new Connection(options)
  const chosen = async (process: string | undefined): Promise<readonly string[]> => {
    if (process !== undefined) return [process]
    return uses?.map(({ name }) => name) ?? connection.processes()
  }
  return {
    async *failed({ process, ...filter } = {}) {
      for (const one of await chosen(process)) yield* failedIn(connection.table(one), one, filter)
    },
    show: (name) => showFailed(connection.table(name.process), name),
    redrive: async (name, { body, wait, ...said } = {}) => redrive(connection, name, { ...told(said, wait), body }),
    discard: async (name, { wait, ...said } = {}) => discard(connection, name, told(said, wait)),
    async *audit({ process, instance, ...span } = {}) {
      for (const one of await chosen(process)) yield* resolvedIn(connection.table(one), one, instance, span)
    },
    close: () => connection.close(),
  }
}

const wordsMax = 1000

const told = ({ by, why }: RemedyOptions, wait: Duration = '2m'): Told => {
  for (const [name, text] of Object.entries({ by, why }))
    if (text !== undefined && text.length > wordsMax)
      throw new Rejected('too-large', `"${name}" has ${text.length} characters: say it in ${wordsMax}`)
  return { ...(by !== undefined && { by }), ...(why !== undefined && { why }), waitMs: milliseconds(wait) }
}
