// `npm run orders`: the proof on real invoices, its figures for people or as one JSON line.
import { parseArgs } from 'node:util'
import { proveOrders } from './proof.ts'

const help = `usage: npm run orders -- --file FILE [options]

Sends the invoices of FILE to the local cloud, twice, kills the cloud meanwhile and compares every customer's totals with the file's.

  --file FILE   CSV with the columns InvoiceNo, CustomerID and TotalPrice (pounds)
  --kills N     how often the local cloud is killed with kill -9 while it works (5)
  --limit ROWS  rows of the file (all)
  --browse N    pages of the shop that are asked for meanwhile, a second (none)
  --json        one JSON line`

const { values } = parseArgs({
  options: {
    file: { type: 'string' },
    kills: { type: 'string', default: '5' },
    limit: { type: 'string' },
    browse: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const text = (figures: object): string =>
  Object.entries(figures)
    .map(([name, value]) => `${name.padEnd(20)} ${Array.isArray(value) ? value.join('; ') || 'none' : String(value)}`)
    .join('\n')

const main = async (): Promise<number> => {
  const { file, kills, limit, browse, json } = values
  if (values.help || file === undefined) {
    console.error(help)
    return values.help ? 0 : 2
  }
  const figures = await proveOrders({
    file,
    kills: Number(kills),
    ...(limit !== undefined && { limit: Number(limit) }),
    ...(browse !== undefined && { browse: Number(browse) }),
  })
  console.log(json ? JSON.stringify(figures) : text(figures))
  return figures.ok ? 0 : 1
}

process.exitCode = await main()
