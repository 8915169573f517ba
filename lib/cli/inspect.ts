// `gavotte inspect`: what the table of a process holds of an instance, or which instances it holds.
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { fromStored, isExpired } from '../aws/attributes.ts'
import { calling } from '../aws/errors.ts'
import { sdkDefaults } from '../aws/sdk.ts'
import { DynamoStore } from '../aws/store.ts'
import { type FlowOp, type FlowState, labelOf } from '../core/journal.ts'
import { resourceNames } from '../core/names.ts'
import type { Parked } from '../core/park.ts'
import { type InstanceRecord, recordSk } from '../core/record.ts'
import type { Attribute, Item } from '../ports/store.ts'
import { readRecord } from '../runtime/records.ts'
import { exitCodes, FailedError, UsageError } from './failure.ts'
import { effectText, heldLines, heldText } from './inspect-effects.ts'
import { type RowsSeen, rowLines, rowsOf } from './inspect-rows.ts'
import { isoOf } from './operator.ts'
import { tableOf } from './table.ts'
import { reaching, type TargetOptions, targetOf } from './target.ts'
import { print, type Terminal } from './terminal.ts'

export interface InspectOptions extends TargetOptions {
  readonly limit: number
  readonly after?: string
}

export const inspect = async (address: string, options: InspectOptions, terminal: Terminal): Promise<number> => {
  const slash = address.indexOf('/')
  const process = slash < 0 ? address : address.slice(0, slash)
  const instance = slash < 0 ? undefined : address.slice(slash + 1)
  if (process === '' || instance === '') throw new UsageError(`"${address}": write PROCESS/INSTANCE, as in order/42, or PROCESS`)
  const target = await targetOf(options, terminal.env)
  const dynamodb = new DynamoDBClient({ ...sdkDefaults, ...target.sdk })
  const { table } = resourceNames(target.app, process, 'ordered')
  try {
    await reaching(target, () =>
      instance === undefined
        ? list(dynamodb, table, options, terminal)
        : show({ store: new DynamoStore({ dynamodb, table, clock: Date }), process, instance }, options, terminal),
    )
    return exitCodes.ok
  } finally {
    dynamodb.destroy()
  }
}

interface FailedMessage {
  readonly id: string
  readonly type?: string
  readonly code: string
  readonly reason: string
  readonly attempts: number
  readonly at: string
  /** What was done about it; undefined if nothing was. */
  readonly done?: { readonly how: string; readonly at: string; readonly by?: string; readonly why?: string }
}

interface Place {
  readonly store: DynamoStore
  readonly process: string
  readonly instance: string
}

const show = async ({ store, process, instance }: Place, { json }: InspectOptions, { out }: Terminal): Promise<void> => {
  const record = await readRecord(store, instance)
  const done = new Map((await Array.fromAsync(store.range(instance, 'resolved/', 'resolved/~'))).map((item) => [item.sk, item]))
  const failed = (await Array.fromAsync(store.range(instance, 'failed/', 'failed/~')))
    .filter(isFailure)
    .map((item) => failedMessage(item, done.get(item.sk.replace('failed/', 'resolved/'))))
  if (!record.exists && failed.length === 0) {
    throw new FailedError(`${process}/${instance} has no record: nothing was sent to it, or it waits still (see gavotte queues)`)
  }
  const document = { ...documentOf(process, record, failed), rows: await rowsOf(store, record) }
  print(out, json ? JSON.stringify(document) : describe(document).join('\n'))
}

// A long failed message has pages beside it, under the same prefix.
const isFailure = ({ attributes }: Item): boolean => attributes.page === undefined

const failedMessage = ({ attributes }: Item, done: Item | undefined): FailedMessage => ({
  id: String(attributes.id),
  ...(attributes.type !== undefined && { type: String(attributes.type) }),
  code: String(attributes.code),
  reason: String(attributes.reason),
  attempts: Number(attributes.attempts),
  at: isoOf(Number(attributes.at)),
  ...(done !== undefined && { done: doneOf(done) }),
})

const doneOf = ({ attributes: { how, at, by, why } }: Item) => ({
  how: String(how),
  at: isoOf(Number(at)),
  ...(by !== undefined && { by: String(by) }),
  ...(why !== undefined && { why: String(why) }),
})

type Document = ReturnType<typeof documentOf> & { readonly rows: RowsSeen | undefined }
const documentOf = (process: string, record: InstanceRecord, failed: readonly FailedMessage[]) => ({
  process,
  instance: record.instance,
  ...(record.exists && {
    version: record.version,
    committedAt: isoOf(record.at),
    state: record.state === undefined ? null : (JSON.parse(record.state) as unknown),
    view: record.view === undefined ? null : (JSON.parse(record.view) as unknown),
  }),
  ...(record.parked !== undefined && { parked: parkedOf(record.parked) }),
  stashed: stashedIn(record),
  ...(record.held.length > 0 && { held: { messages: record.held.map(heldText), standsStill: record.still } }),
  effects: record.effects.map(effectText),
  seen: record.seen.window.length,
  seenEvictedUpTo: record.seen.floor < 0 ? null : isoOf(record.seen.floor),
  attempts: Object.fromEntries(record.attempts),
  timers: [...record.waits.timers].map(([name, { due, every }]) => ({
    name,
    due: isoOf(due),
    ...(every !== undefined && { everyMs: every }),
  })),
  monitors: [...record.monitors].map(([of, { down }]) => ({ of, ...(down !== undefined && { down }) })),
  flows: record.flows.running.map(flowOf),
  unreceived: record.flows.unreceived.map(({ type }) => type),
  calls: [...record.waits.calls.values()].map(({ of, outcome }) => ({ of, outcome })),
  failed,
})

const parkedOf = ({ id, code, at, again }: Parked) => ({
  id,
  code,
  at: isoOf(at),
  ...(again !== undefined && { round: again.round }),
})

// The head of the stash is the message that it stands still on.
const stashedIn = ({ parked, stash }: InstanceRecord): number => stash.next - stash.first - (parked === undefined ? 0 : 1)

// What a flow waits for: the operations of which nothing has come.
const flowOf = ({ start, ops, events, running, retries }: FlowState) => {
  const done = new Set(events.flatMap((event) => ('op' in event ? [event.op] : [])))
  const awaited = ops.flatMap((op, n) => (done.has(n) || !/^(call|step|sleep|receive|read)\b/.test(labelOf(op)) ? [] : [n]))
  return {
    type: start.type,
    id: start.id,
    operations: ops.length,
    running: running === true,
    awaits: awaited.map((n) => `${labelOf(ops[n] as FlowOp)}${retries?.[n] === undefined ? '' : `, failed ${retries[n]} times`}`),
  }
}

const flowText = ({ type, id, operations, running, awaits }: ReturnType<typeof flowOf>): string =>
  `${type} (${id}): ${operations} operations, ${running ? 'under way' : `awaits ${awaits.join(', ')}`}`

const describe = (document: Document): readonly string[] => {
  const {
    process,
    instance,
    version,
    committedAt,
    state,
    view,
    parked,
    stashed,
    held,
    effects,
    seen,
    seenEvictedUpTo,
    attempts,
    timers,
    calls,
    monitors,
    flows,
    unreceived,
    failed,
  } = document
  const tried = Object.entries(attempts).map(([id, count]) => `${id}: ${count}`)
  const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`)
  return [
    `instance  ${process}/${instance}`,
    ...(version === undefined ? ['version   none: it has no record'] : [`version   ${version}, committed ${committedAt}`]),
    `state     ${state ? JSON.stringify(state, undefined, 2).replaceAll('\n', '\n          ') : 'none'}`,
    ...(view ? [`view      ${JSON.stringify(view)}`] : []),
    ...(parked ? [`parked    on ${parked.id} since ${parked.at}: ${parked.code}; see gavotte failed show`] : []),
    ...(held ? heldLines(held) : []),
    ...(parked || stashed > 0 ? [`stashed   ${stashed} messages`] : []),
    ...rowLines(document.rows),
    `effects   ${effects.length} pending`,
    ...indented(effects),
    `seen      ${seen} messages${seenEvictedUpTo === null ? '' : `, earlier ones in segments (up to ${seenEvictedUpTo})`}`,
    ...(tried.length > 0 ? ['attempts', ...indented(tried)] : []),
    ...(timers.length > 0
      ? [
          'timers',
          ...indented(
            timers.map(({ name, due, everyMs }) => `${name}, due ${due}${everyMs === undefined ? '' : `, every ${everyMs} ms`}`),
          ),
        ]
      : []),
    ...(calls.length > 0 ? ['calls', ...indented(calls.map(({ of, outcome }) => `${of}, for ${outcome}`))] : []),
    ...(monitors.length > 0
      ? ['monitors', ...indented(monitors.map(({ of, down }) => `${of}${down ? `, down: ${down}` : ''}`))]
      : []),
    ...(flows.length > 0 ? ['flows', ...indented(flows.map(flowText))] : []),
    ...(unreceived.length > 0 ? [`waiting   for flows: ${unreceived.join(', ')}`] : []),
    `failed    ${failed.length} messages`,
    ...indented(
      failed.map(
        ({ id, type = '', at, attempts, code, reason, done }) =>
          `${id} ${type} ${at}, attempts ${attempts}: ${done === undefined ? `${code}: ${reason}` : `${code}, ${done.how} ${done.at}`}`,
      ),
    ),
  ]
}

interface Listed {
  readonly instance: string
  readonly version: number
  /** Of the record's item, without its pages. */
  readonly bytes: number
  readonly committedAt: string
  readonly ended: boolean
  readonly parked: boolean
  /** Messages that have failed for good, and nothing was done about them. */
  readonly failed: number
}

const list = async (
  dynamodb: DynamoDBClient,
  table: string,
  { limit, after, json }: InspectOptions,
  { out, err }: Terminal,
): Promise<void> => {
  const listed: Listed[] = []
  for await (const one of scan(dynamodb, table, after)) {
    if (listed.length === limit) {
      print(err, `there are more: go on with --after ${listed.at(-1)?.instance}`)
      break
    }
    listed.push(one)
  }
  const lines = json ? listed.map((one) => JSON.stringify(one)) : tableOf(columns, listed)
  for (const line of lines) print(out, line)
}

const columns = [
  { title: 'INSTANCE', text: (one: Listed) => one.instance },
  { title: 'VERSION', text: (one: Listed) => String(one.version) },
  { title: 'BYTES', text: (one: Listed) => String(one.bytes), align: 'right' as const },
  { title: 'COMMITTED', text: (one: Listed) => one.committedAt },
  { title: 'STATE', text: (one: Listed) => (one.parked ? 'parked' : one.ended ? 'ended' : 'live') },
  { title: 'FAILED', text: (one: Listed) => String(one.failed), align: 'right' as const },
]

/** In the table's own order, which is by hash; page by page, so a list of few reads few. */
async function* scan(dynamodb: DynamoDBClient, table: string, after: string | undefined): AsyncIterable<Listed> {
  let start = after === undefined ? undefined : { pk: { S: after }, sk: { S: recordSk } }
  do {
    const command = new ScanCommand({
      TableName: table,
      FilterExpression: 'sk = :record',
      ExpressionAttributeValues: { ':record': { S: recordSk } },
      ...(start && { ExclusiveStartKey: start }),
    })
    const page = await calling(`Scan of ${table}`, () => dynamodb.send(command))
    for (const stored of page.Items ?? []) {
      const item = fromStored(stored)
      if (!isExpired(item, Date.now())) yield listedOf(item)
    }
    start = page.LastEvaluatedKey as typeof start
  } while (start)
}

const listedOf = ({ pk, sk, attributes }: Item): Listed => ({
  instance: pk,
  version: Number(attributes.version),
  bytes: Object.entries({ pk, sk, ...attributes }).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + bytesOf(value),
    0,
  ),
  committedAt: isoOf(Number(attributes.at)),
  // A tombstone is what expires.
  ended: attributes.expires !== undefined,
  parked: attributes.parked !== undefined || attributes.still !== undefined,
  failed: Number(attributes.failed ?? 0),
})

// DynamoDB: a number takes about one byte for two digits and one besides.
const bytesOf = (value: Attribute): number =>
  typeof value === 'number' ? Math.ceil(String(value).length / 2) + 1 : Buffer.byteLength(value)
