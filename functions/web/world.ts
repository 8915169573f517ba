// What the shop's pages are made of, as they see it: the catalogue, and the processes by the verbs of a client.
import type { Client } from '../../lib/aws/index.ts'
import type { Desk } from '../desk/contract.ts'
import type { Inventory } from '../inventory/contract.ts'
import type { Keys } from '../keys/contract.ts'
import type { Order } from '../order/contract.ts'
import type { Payment } from '../payment/contract.ts'
import type { Session } from '../session/contract.ts'
import type { Settings } from '../settings/contract.ts'

export interface Product {
  readonly sku: string
  readonly name: string
  readonly category: string
}

export const sortings = ['name', 'price'] as const
export type Sorting = (typeof sortings)[number]

/** Which products: all in an order, those of a category, or those whose names have words. */
export type Selection =
  | { readonly kind: 'all'; readonly sort: Sorting }
  | { readonly kind: 'category'; readonly category: string }
  | { readonly kind: 'words'; readonly text: string }
export interface Query {
  readonly selection: Selection
  /** Of the page before: good for the same selection alone. */
  readonly cursor?: string
}
export interface Listing {
  readonly products: readonly Product[]
  /** Absent on the last page. */
  readonly next?: string
}

/** What is for sale, as the database has it. Prices and stock are not its business: `inventory` publishes them. */
export interface Catalogue {
  /** @throws CallFailed `wrong-cursor` if the cursor is none of this selection's */
  readonly list: (query: Query) => Promise<Listing>
  readonly product: (sku: string) => Promise<Product | undefined>
  readonly categories: () => Promise<readonly string[]>
}

type Names =
  | (typeof Desk)['name']
  | (typeof Inventory)['name']
  | (typeof Keys)['name']
  | (typeof Order)['name']
  | (typeof Payment)['name']
  | (typeof Session)['name']
  | (typeof Settings)['name']
/** The processes that pages talk to. */
export type Processes = Pick<Client<Names>, 'call' | 'send' | 'view'>

export interface Clock {
  /** ms since 1970. */
  readonly now: () => number
}

export interface World {
  readonly catalogue: Catalogue
  readonly processes: Processes
  readonly clock: Clock
}
