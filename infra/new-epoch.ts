// Begins a new epoch in a table that was restored from a backup: `node infra/new-epoch.ts <table>`, while no function works on it.
//
// A restored record would take the versions again that it had after the backup, and with them the ids of messages that its receivers
// know: they would drop what it sends (I1). So each record goes on at a version that no earlier commit can have had: versions begin at
// a creation time in ms × 1000 and grow by one a commit. What a record still had to send then was sent after the backup: under
// the new version it would go out a second time under new ids (I2), and is taken out.
import { randomUUID } from 'node:crypto'
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb'
import { DynamoStore } from '../lib/aws/index.ts'
import { Misconfigured } from '../lib/core/errors.ts'
import { encodeRecord, recordSk } from '../lib/core/record.ts'
import type { Store } from '../lib/ports/store.ts'
import { readRecord } from '../lib/runtime/records.ts'

export interface Epoch {
  readonly records: number
  /** Instances that had something to send at the time of the backup. */
  readonly interrupted: readonly string[]
}

/**
 * @param now ms since 1970
 * @throws Misconfigured if a record stands higher already or changes meanwhile
 */
export const beginEpoch = async (client: DynamoDBClient, table: string, now: number): Promise<Epoch> => {
  const store = new DynamoStore({ dynamodb: client, table, clock: { now: () => now } })
  const pages = paginateScan(
    { client, pageSize: 100 },
    {
      TableName: table,
      FilterExpression: 'sk = :record',
      ProjectionExpression: 'pk',
      ExpressionAttributeValues: { ':record': { S: recordSk } },
    },
  )
  let records = 0
  const interrupted: string[] = []
  for await (const { Items = [] } of pages) {
    const instances = Items.flatMap(({ pk }) => pk?.S ?? [])
    records += instances.length
    const sending = await Promise.all(instances.map(async (instance) => ((await raise(store, instance, now)) ? [instance] : [])))
    interrupted.push(...sending.flat())
  }
  return { records, interrupted }
}

/** Whether it had something to send. */
const raise = async (store: Store, instance: string, now: number): Promise<boolean> => {
  const record = await readRecord(store, instance)
  // It is as it expires: nothing goes on from here.
  if (!record.exists) return false
  const [version, effects] = [now * 1000, record.effects.filter(({ kind }) => kind !== 'send')]
  const { item, pages } = encodeRecord({ ...record, version, nonce: randomUUID(), effects }, record)
  const fault = new Misconfigured(
    'table-in-use',
    `${instance} is at a version of now or later, or changes meanwhile: stop what works on the table, and check the clock`,
  )
  if (record.version >= version) throw fault
  for (const page of pages) await store.put(page)
  const standing = { kind: 'at', version: record.version, nonce: record.nonce } as const
  if ((await store.put(item, standing)).kind === 'refused') throw fault
  return effects.length < record.effects.length
}

const [, script, table] = process.argv
if (script === import.meta.filename && table !== undefined) {
  const { records, interrupted } = await beginEpoch(new DynamoDBClient(), table, Date.now())
  console.log(`${records} records of ${table} are in a new epoch`)
  for (const instance of interrupted) console.log(`${instance}: what it had yet to send at the backup is taken out`)
}
