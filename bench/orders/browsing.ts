// People who look at the shop's pages while invoices are sent and the cloud is killed.
import { Database } from '../../functions/database/contract.ts'
import { connect } from '../../lib/aws/index.ts'
import { percentile } from '../statistics.ts'
import { fill, pathsOf, visit } from '../visiting.ts'
import type { CloudProcess } from './cloud-process.ts'
import { local, untilQuiet } from './totals.ts'

export interface Browsed {
  readonly pages: number
  /** Asked for more than once, until they came. */
  readonly pagesAgain: number
  /** Answers that were no page, or none at all, outside of the times between a kill and the first page after it. */
  readonly failedOutsideKills: number
  /** The first of those that never came, in words. */
  readonly pagesLost: readonly string[]
  /** From when a page was due until it had come, all pages. */
  readonly pagesP50Ms: number
  readonly pagesP99Ms: number
  /** As `pagesP99Ms`, of those that came when they were first asked for, if any did. */
  readonly pagesFirstP99Ms?: number
}

/** Fills the shop and begins. @param rate pages a second, whether those before have come or not */
export const startBrowsing = async ({ endpoint, web, backAt }: CloudProcess, rate: number) => {
  const sdk = { ...local, endpoint }
  const client = connect({ uses: [Database], sqs: sdk, dynamodb: sdk, lambda: sdk })
  const products = await fill(client, endpoint)
  await client.close()
  await untilQuiet(endpoint)
  const [url, paths] = [web.web ?? '', pathsOf(products)]
  // Environments start before anything is counted.
  for (let n = 0; n < 20; n += 1) await (await fetch(`${url}${paths(n)}`)).arrayBuffer()
  let going = true
  // A cloud that was killed is back with the first page that comes again: its environments start anew as well.
  let [cameSince, failedOutsideKills] = [0, 0]
  const again = ({ status }: { readonly status: number }, since: number): boolean => {
    const came = status === 200
    if (came) cameSince = Math.max(cameSince, since)
    else if (since >= backAt() && cameSince >= backAt()) failedOutsideKills += 1
    return !came
  }
  const visiting = visit(url, paths, { rate, going: () => going }, again)
  return {
    /** Once those who wait for a page have it, or it has failed. */
    stop: async (): Promise<Browsed> => {
      going = false
      const visits = await visiting
      const lost = visits.filter(({ status }) => status !== 200)
      const first = visits.filter(({ tries }) => tries === 1)
      const [all, once] = [visits, first].map((some) => some.map(({ ms }) => ms)) as [number[], number[]]
      return {
        pages: visits.length,
        pagesAgain: visits.length - first.length,
        failedOutsideKills,
        pagesLost: lost
          .slice(0, 10)
          .map(({ path, status, ms, tries }) => `${path}: ${status} after ${Math.round(ms)} ms, ${tries} tries`),
        pagesP50Ms: Math.round(percentile(all, 50)),
        pagesP99Ms: Math.round(percentile(all, 99)),
        ...(once.length > 0 && { pagesFirstP99Ms: Math.round(percentile(once, 99)) }),
      }
    },
  }
}
