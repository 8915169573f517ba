// What pages read of other processes, through copies that an environment keeps for a moment.
import { Inventory } from '../inventory/contract.ts'
import { Order } from '../order/contract.ts'
import { Settings, shop } from '../settings/contract.ts'
import type { OrderStatus } from './order-progress.ts'
import type { Offer } from './pages/catalogue.ts'
import { shortCopies } from './short-copies.ts'
import type { World } from './world.ts'

/** How old a product's price and stock on its own page may be, and the shop's switch. What is ordered is decided by `session` and `inventory`. */
const staleMs = 2000
/** As `staleMs`, on pages of many products: each of them is a read. */
const staleInListsMs = 15_000

export interface Reads {
  readonly offer: (sku: string) => Promise<Offer>
  /** For pages of many. */
  readonly offerInLists: (sku: string) => Promise<Offer>
  /** Not through a copy: where a single price counts. */
  readonly offerNow: (sku: string) => Promise<Offer>
  readonly settings: () => Promise<{ readonly open: boolean; readonly notice: string; readonly version: number }>
  readonly status: (order: string) => Promise<OrderStatus | undefined>
}

export const readsOf = ({ processes, clock }: World): Reads => {
  const offerNow = (sku: string) => processes.view(Inventory, sku)
  const settings = shortCopies(clock, staleMs, async () => {
    const seen = await processes.view(Settings, shop)
    return seen === undefined ? { open: true, notice: '', version: 0 } : { ...seen.value, version: seen.version }
  })
  return {
    offer: shortCopies(clock, staleMs, offerNow),
    offerInLists: shortCopies(clock, staleInListsMs, offerNow),
    offerNow,
    settings: () => settings(''),
    status: async (order) => (await processes.view(Order, order))?.status,
  }
}
