// `npm run open-shop`: fills the shop, so that there is something to buy: products, their prices and a stock of them.
import { parseArgs } from 'node:util'
import { connect } from '../lib/aws/index.ts'
import { exitCodes, report, UsageError } from '../lib/cli/failure.ts'
import { reaching, targetOf } from '../lib/cli/target.ts'
import { terminal as here, print, type Terminal } from '../lib/cli/terminal.ts'
import { openCollection } from './database/client.ts'
import { collections } from './database/collections.ts'
import { Database } from './database/contract.ts'
import { load } from './database/load.ts'
import { Inventory } from './inventory/contract.ts'

const help = `usage: npm run open-shop -- [options]

  --lines FILE     order lines of the "Online Retail" data set instead of the shop's own catalogue
  --pieces N       pieces of each article (60 of most, 3 of some, none of others)
  --endpoint URL   where the shop runs (AWS_ENDPOINT_URL; the local cloud if nothing of AWS is configured)
  --app NAME       name of the app, which all names in AWS begin with

Run again it changes nothing: products stay as they are, and each article is stocked once for each number of pieces.`

/** Some are few, and some are sold out, as in any shop. @param n the article's place in the order of their keys */
const firstStock = (n: number): number => (n % 19 === 7 ? 0 : n % 9 === 4 ? 3 : 60)

/** Never throws, never ends the process. @returns the exit code */
export const openShop = async (args: readonly string[], terminal: Terminal): Promise<number> => {
  try {
    const { lines, pieces, help: isAsked, ...target } = optionsIn(args)
    if (isAsked) {
      print(terminal.out, help)
      return exitCodes.ok
    }
    const catalogue = new URL('./catalogue.csv', import.meta.url).pathname
    const source = lines === undefined ? [catalogue, '--key', 'sku', '--numbers', 'pence'] : [lines, '--online-retail']
    const where = Object.entries(target).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]))
    // From the first row: tables may be others than when an earlier run was interrupted.
    const code = await load(['import', 'products', ...source, '--restart', ...where], terminal)
    return code === exitCodes.ok ? await stock(pieces, target, terminal) : code
  } catch (thrown) {
    return report(thrown, terminal)
  }
}

const optionsIn = (args: readonly string[]) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      lines: { type: 'string' },
      pieces: { type: 'string' },
      endpoint: { type: 'string' },
      app: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const { endpoint, app, pieces, ...rest } = values
  if (pieces !== undefined && !/^[1-9]\d*$/.test(pieces)) throw new UsageError(`--pieces ${pieces}: write a whole number from 1`)
  return {
    ...rest,
    ...(pieces !== undefined && { pieces: Number(pieces) }),
    ...(endpoint !== undefined && { endpoint }),
    ...(app !== undefined && { app }),
  }
}

type TargetOptions = Parameters<typeof targetOf>[0]

const stock = async (pieces: number | undefined, options: TargetOptions, terminal: Terminal): Promise<number> => {
  const target = await targetOf(options, terminal.env)
  const { sdk } = target
  const client = connect({ uses: [Database, Inventory], app: target.app, sqs: sdk, dynamodb: sdk, lambda: sdk })
  try {
    const articles = await reaching(target, async () => {
      const stockKey = `open-shop ${pieces === undefined ? 'first stock' : `pieces ${pieces}`}`
      const sent: Promise<unknown>[] = []
      let n = 0
      for await (const { key, document } of openCollection(client, collections, 'products').all()) {
        const inventory = client.send(Inventory, key)
        sent.push(inventory.Price({ pence: document.pence }, { key: `open-shop price ${document.pence}` }))
        const quantity = pieces ?? firstStock(n)
        if (quantity > 0) sent.push(inventory.Restock({ quantity }, { key: stockKey }))
        n += 1
      }
      await Promise.all(sent)
      return n
    })
    const stocked = pieces === undefined ? 'a first stock' : `${pieces} pieces each`
    print(terminal.out, `${articles} articles have a price, and ${stocked}`)
    return exitCodes.ok
  } finally {
    await client.close()
  }
}

if (process.argv[1] === import.meta.filename) process.exitCode = await openShop(process.argv.slice(2), here)
