// Items as DynamoDB writes them: string → S, number → N, bytes → B.
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { Defect } from '../core/errors.ts'
import type { Attribute, Item } from '../ports/store.ts'

export type StoredItem = Record<string, AttributeValue>

export const toStored = ({ pk, sk, attributes }: Item): StoredItem => {
  const stored: StoredItem = { pk: { S: pk }, sk: { S: sk } }
  for (const [name, value] of Object.entries(attributes)) stored[name] = toValue(value)
  return stored
}

const toValue = (value: Attribute): AttributeValue => {
  if (typeof value === 'string') return { S: value }
  return typeof value === 'number' ? { N: String(value) } : { B: value }
}

/** @throws Defect for a type that this framework never writes */
export const fromStored = (stored: StoredItem): Item => {
  const attributes: Record<string, Attribute> = {}
  for (const [name, value] of Object.entries(stored))
    if (name !== 'pk' && name !== 'sk') attributes[name] = fromValue(name, value)
  return { pk: stored.pk?.S ?? '', sk: stored.sk?.S ?? '', attributes }
}

const fromValue = (name: string, value: AttributeValue): Attribute => {
  if (value.S !== undefined) return value.S
  if (value.N !== undefined) return Number(value.N)
  if (value.B !== undefined) return value.B
  throw new Defect(
    'foreign-attribute',
    `attribute "${name}" is ${Object.keys(value).join()}: something else writes to this table`,
  )
}

/** TTL deletes late, so what has expired is told by its attribute. */
export const isExpired = (item: Item, nowMs: number): boolean => {
  const { expires } = item.attributes
  return typeof expires === 'number' && expires * 1000 <= nowMs
}
