// Fills the shelves of the shop: products into the database, their prices and a first stock into inventory. `node infra/first-stock.ts [FILE]`, as
// often as you like: what is there stays as it is. FILE has order lines of the "Online Retail" data set; without it, that set where it lies beside the
// project, else the small catalogue of the project's own.
import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { openCollection } from '../functions/database/client.ts'
import { collections } from '../functions/database/collections.ts'
import { Database } from '../functions/database/contract.ts'
import { productOf } from '../functions/database/products.ts'
import { Inventory } from '../functions/inventory/contract.ts'
import { type Client, connect } from '../lib/aws/index.ts'

interface Row {
  readonly [column: string]: string
}
type Product = ReturnType<typeof productOf>

const orderLines = `${import.meta.dirname}/../../shared/data/online-retail-lines.csv`
const own = `${import.meta.dirname}/../functions/catalogue.csv`

const ownProductOf = ({ sku, name, category, pence }: Row): Product => ({
  key: String(sku),
  document: { name: String(name), category: String(category), pence: Number(pence) },
})

/** Each product once, as its first row has it. */
export const readProducts = (file = existsSync(orderLines) ? orderLines : own): readonly Product[] => {
  const rows = parse(readFileSync(file), { columns: true }) as readonly Row[]
  const products = rows.map((row) => ('StockCode' in row ? productOf(row) : ownProductOf(row)))
  return [...new Map(products.toReversed().map((one) => [one.key, one])).values()].toReversed()
}

/** Some are few, and some are sold out, as in any shop. */
const firstStock = (n: number): number => (n % 19 === 7 ? 0 : n % 9 === 4 ? 3 : 60)

export const openShop = async (
  client: Client<(typeof Database)['name'] | (typeof Inventory)['name']>,
  products: readonly Product[],
): Promise<void> => {
  const documents = products.map(({ key, document }) => ({ kind: 'put' as const, key, document }))
  await openCollection(client, collections, 'products').batch(documents)
  await Promise.all(
    products.flatMap(({ key: sku, document: { pence } }, n) => [
      client.send(Inventory, sku).Price({ pence }, { key: `opening-price-${sku}` }),
      ...(firstStock(n) === 0
        ? []
        : [client.send(Inventory, sku).Restock({ quantity: firstStock(n) }, { key: `opening-stock-${sku}` })]),
    ]),
  )
}

const [, script, file] = process.argv
if (script === import.meta.filename) {
  const client = connect({ uses: [Database, Inventory] })
  const products = readProducts(file)
  await openShop(client, products)
  await client.close()
  console.log(`${products.length} products are in the shop.`)
}
