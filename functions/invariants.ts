// What must hold over all instances of the reference app once everything is quiet.
import * as v from 'valibot'
import { customer } from './customer/process.ts'
import { auditShard } from './database/audit.ts'
import { shardIn } from './database/collection.ts'
import { collections } from './database/collections.ts'
import { database } from './database/process.ts'
import { row } from './database/row.ts'
import { inventory } from './inventory/process.ts'
import { order } from './order/process.ts'
import { payment } from './payment/process.ts'
import { shipping } from './shipping/process.ts'

/** The states of all instances: by process, then by instance. */
export interface States {
  readonly [process: string]: { readonly [instance: string]: unknown }
}

/**
 * Compares what the processes know of each other's doings, when no message is under way.
 * @returns the violated claims in words, none if all hold
 * @throws ZodError if a state does not fit its process's schema
 */
export const violations = (states: States): string[] => {
  const world = parse(states)
  return [...ordersHaveEnded(world), ...stockIsConserved(world), ...moneyIsConserved(world)]
}

/**
 * Compares each shard of the database with its rows: its indexes say what its documents say.
 * @param rows of an instance of the database, by key
 * @returns the violated claims in words, none if all hold
 */
export const databaseViolations = (states: States, rows: (instance: string) => ReadonlyMap<string, unknown>): readonly string[] =>
  Object.entries(states.database ?? {}).flatMap(([instance, state]) => {
    const name = shardIn(instance)?.collection
    if (name === undefined || !Object.hasOwn(collections, name)) return [`database/${instance} is no shard of a collection`]
    const place = { name, collection: collections[name as keyof typeof collections] }
    const parsed = new Map([...rows(instance)].map(([key, value]) => [key, v.parse(row, value)]))
    return auditShard(instance, place, v.parse(database.state, state), parsed)
  })

const parse = (states: States) => ({
  orders: v.parse(v.record(v.string(), order.state), states.order ?? {}),
  stock: v.parse(v.record(v.string(), inventory.state), states.inventory ?? {}),
  accounts: v.parse(v.record(v.string(), payment.state), states.payment ?? {}),
  shipments: v.parse(v.record(v.string(), shipping.state), states.shipping ?? {}),
  customers: v.parse(v.record(v.string(), customer.state), states.customer ?? {}),
})
type World = ReturnType<typeof parse>
type Shipped = Exclude<World['orders'][string], { status: 'new' }>

const shippedOrders = ({ orders }: World): readonly Shipped[] =>
  Object.values(orders).flatMap((state) => (state.status === 'shipped' ? [state] : []))

const ordersHaveEnded = ({ orders, shipments }: World): string[] => [
  ...Object.entries(orders).flatMap(([id, { status }]) => {
    const shipment = shipments[id]?.status
    const left = shipment === 'shipped'
    const wasStopped = shipment === 'stopped' || shipment === 'returned'
    return [
      // One that waits for approval has taken neither money nor goods.
      ...unless(status !== 'placed' && status !== 'stopping', `order/${id} has not ended`),
      ...unless(status !== 'shipped' || left, `order/${id} is shipped, but shipping/${id} shipped nothing`),
      ...unless(status === 'shipped' || !left, `order/${id} is ${status}, but shipping/${id} shipped it`),
      ...unless(status !== 'late' || wasStopped, `order/${id} is late, but shipping/${id} was not stopped`),
      ...unless(shipment !== 'returned' || stoppable.has(status), `order/${id} is ${status}, but shipping/${id} gave it back`),
    ]
  }),
  ...Object.keys(shipments).flatMap((id) => unless(orders[id] !== undefined, `shipping/${id} belongs to no order`)),
]
const stoppable: ReadonlySet<string> = new Set(['cancelled', 'late'])

const stockIsConserved = (world: World): string[] => {
  const ordered = sums(shippedOrders(world), ({ sku, quantity }) => [sku, quantity])
  return keys(world.stock, ordered).flatMap((sku) => {
    const { restocked, available, reserved, shipped } = world.stock[sku] ?? {
      restocked: 0,
      available: 0,
      reserved: 0,
      shipped: 0,
    }
    const kept = available + reserved + shipped
    return [
      ...unless(restocked === kept, `inventory/${sku} was restocked by ${restocked}, but accounts for ${kept}`),
      ...unless(available >= 0, `inventory/${sku} has ${available} available`),
      ...unless(reserved === 0, `inventory/${sku} still reserves ${reserved}`),
      ...unless(
        shipped === (ordered[sku] ?? 0),
        `inventory/${sku} shipped ${shipped}, but shipped orders hold ${ordered[sku] ?? 0}`,
      ),
    ]
  })
}

const moneyIsConserved = (world: World): string[] => {
  const { accounts, customers } = world
  const spent = sums(shippedOrders(world), ({ customer, pence }) => [customer, pence])
  const bought = sums(shippedOrders(world), ({ customer }) => [customer, 1])
  return keys(accounts, customers, spent).flatMap((id) => {
    const { charged } = accounts[id] ?? { charged: 0 }
    const { orders, pence } = customers[id] ?? { orders: 0, pence: 0 }
    const cost = spent[id] ?? 0
    return [
      ...unless(charged === cost, `payment/${id} charged ${charged} pence, but shipped orders cost ${cost}`),
      ...unless(pence === cost, `customer/${id} spent ${pence} pence, but shipped orders cost ${cost}`),
      ...unless(orders === (bought[id] ?? 0), `customer/${id} bought ${orders} orders, but ${bought[id] ?? 0} are shipped`),
    ]
  })
}

interface Sums {
  readonly [key: string]: number
}
const sums = <T>(items: readonly T[], entry: (item: T) => readonly [key: string, amount: number]): Sums => {
  const totals: { [key: string]: number } = {}
  for (const [key, amount] of items.map(entry)) totals[key] = (totals[key] ?? 0) + amount
  return totals
}

const keys = (...records: readonly object[]): string[] => [...new Set(records.flatMap((record) => Object.keys(record)))]

const unless = (holds: boolean, violation: string): string[] => (holds ? [] : [violation])
