// What the tables keep of messages that have failed for good, and of what was done about them.
import { QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { failedSk, type Reason } from '../core/failure.ts'
import type { Attribute, Item } from '../core/item.ts'
import { noStash, type Parked, type ResolveEffect, type Stash } from '../core/park.ts'
import { recordSk } from '../core/record.ts'
import { fromStored, type StoredItem } from './attributes.ts'
import type { Table } from './connection.ts'
import { calling } from './errors.ts'

/** Names a message that has failed for good. */
export interface FailedName<Names extends string = string> {
  readonly process: Names
  /** `~malformed` where the message names none. */
  readonly instance: string
  readonly id: string
}

/** A message that has failed for good, and nothing was done about it. */
export interface FailedMessage extends FailedName {
  /** Type of the message; undefined where it cannot be read. */
  readonly type?: string
  readonly code: Reason['code']
  /** What went wrong, and what to do. */
  readonly reason: string
  readonly attempts: number
  /** How often it was redriven and failed for good again. */
  readonly round: number
  readonly trace?: string
  /** When it failed, ms since 1970. */
  readonly at: number
  /** The instance stands still on it; `stashed`: messages that wait behind it. */
  readonly parked?: { readonly stashed: number }
}

/** What was done about a message that had failed for good: a line of the audit trail. */
export interface Resolution extends Omit<ResolveEffect, 'kind'> {
  readonly process: string
  readonly instance: string
}

/** Which of them; times are ms since 1970, both included. */
export interface Span {
  readonly since?: number
  readonly until?: number
}

const isWithin = (at: number, { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY }: Span): boolean =>
  at >= since && at <= until

export interface FailedFilter extends Span {
  readonly process?: string
  readonly instance?: string
  readonly code?: string
  readonly type?: string
}

/** Of one process. Without an instance the whole table is read (Scan): half a read unit for each 4 KB, whatever comes of it. */
export async function* failedIn(table: Table, process: string, filter: FailedFilter): AsyncIterable<FailedMessage> {
  const wanted = ({ code, type, at }: FailedMessage): boolean =>
    (filter.code === undefined || code === filter.code) &&
    (filter.type === undefined || type === filter.type) &&
    isWithin(at, filter)
  for await (const items of instances(table, filter.instance, ['failed/', recordSk, 'resolved/'])) {
    const done = new Set(items.flatMap(({ sk }) => (sk.startsWith('resolved/') ? [sk.replace('resolved/', 'failed/')] : [])))
    const record = items.find(({ sk }) => sk === recordSk)
    for (const item of items)
      if (item.sk.startsWith('failed/') && !done.has(item.sk)) {
        const message = failedMessage(process, item, record)
        if (wanted(message)) yield message
      }
  }
}

/** Of one process, and of one instance where it is named; costs as `failedIn`. */
export async function* resolvedIn(
  table: Table,
  process: string,
  instance: string | undefined,
  span: Span,
): AsyncIterable<Resolution> {
  for await (const items of instances(table, instance, ['resolved/']))
    for (const item of items) {
      const resolution = resolutionOf(process, item)
      if (isWithin(resolution.at, span)) yield resolution
    }
}

export const failedMessage = (process: string, { pk, sk, attributes }: Item, record: Item | undefined): FailedMessage => {
  const text = (name: string) => (attributes[name] === undefined ? {} : { [name]: String(attributes[name]) })
  return {
    process,
    instance: pk,
    id: String(attributes.id),
    ...text('type'),
    code: String(attributes.code) as Reason['code'],
    reason: String(attributes.reason),
    attempts: Number(attributes.attempts),
    round: Number(attributes.round ?? 0),
    ...text('trace'),
    at: Number(attributes.at),
    ...parkedOn(sk, attributes.code, record),
  }
}

const parkedOn = (sk: string, code: Attribute | undefined, record: Item | undefined): Pick<FailedMessage, 'parked'> => {
  const { parked: parkedText, stash: stashText, still } = record?.attributes ?? {}
  const { first, next } = stashText === undefined ? noStash : (JSON.parse(String(stashText)) as Stash)
  if (code === 'not-sent' && still !== undefined)
    return { parked: { stashed: next - first - (parkedText === undefined ? 0 : 1) } }
  if (parkedText === undefined) return {}
  const { id, again } = JSON.parse(String(parkedText)) as Parked
  // The head of the stash is the message itself.
  return failedSk(id, again?.round) === sk ? { parked: { stashed: next - first - 1 } } : {}
}

export const resolutionOf = (process: string, { pk, attributes }: Item): Resolution => {
  const { id, round, how, at, by, why, edited } = attributes
  return {
    process,
    instance: pk,
    id: String(id),
    round: Number(round),
    how: how as Resolution['how'],
    at: Number(at),
    ...(by !== undefined && { by: String(by) }),
    ...(why !== undefined && { why: String(why) }),
    ...(edited !== undefined && { edited: String(edited) }),
  }
}

/** The items of each instance together, in the order of their sort keys. */
async function* instances(
  table: Table,
  instance: string | undefined,
  prefixes: readonly string[],
): AsyncIterable<readonly Item[]> {
  let open: Item[] = []
  for await (const item of instance === undefined ? scan(table, prefixes) : query(table, instance, prefixes)) {
    if (open.length > 0 && open[0]?.pk !== item.pk) {
      yield open
      open = []
    }
    open.push(item)
  }
  if (open.length > 0) yield open
}

// All but the messages themselves, which may be long.
const wanted = 'pk sk id type code reason attempts round trace at parked stash still how by why edited'.split(' ')
const projection = {
  ProjectionExpression: wanted.map((name) => `#${name}`).join(),
  ExpressionAttributeNames: Object.fromEntries([...wanted, 'page'].map((name) => [`#${name}`, name])),
}

async function* scan({ dynamodb, name }: Table, prefixes: readonly string[]): AsyncIterable<Item> {
  let start: StoredItem | undefined
  do {
    const command = new ScanCommand({
      TableName: name,
      ...projection,
      // A long message has pages beside it, under the same prefix.
      FilterExpression: `attribute_not_exists(#page) AND (${prefixes.map((_, n) => `begins_with(#sk, :p${n})`).join(' OR ')})`,
      ExpressionAttributeValues: Object.fromEntries(prefixes.map((prefix, n) => [`:p${n}`, { S: prefix }])),
      ...(start && { ExclusiveStartKey: start }),
    })
    const page = await calling(`Scan of ${name}`, () => dynamodb.send(command))
    for (const stored of page.Items ?? []) yield fromStored(stored)
    start = page.LastEvaluatedKey
  } while (start)
}

async function* query({ dynamodb, name }: Table, instance: string, prefixes: readonly string[]): AsyncIterable<Item> {
  for (const prefix of prefixes) {
    let start: StoredItem | undefined
    do {
      const command = new QueryCommand({
        TableName: name,
        ...projection,
        KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :prefix)',
        FilterExpression: 'attribute_not_exists(#page)',
        ExpressionAttributeValues: { ':pk': { S: instance }, ':prefix': { S: prefix } },
        ConsistentRead: true,
        ...(start && { ExclusiveStartKey: start }),
      })
      const page = await calling(`Query on ${name}`, () => dynamodb.send(command))
      for (const stored of page.Items ?? []) yield fromStored(stored)
      start = page.LastEvaluatedKey
    } while (start)
  }
}
