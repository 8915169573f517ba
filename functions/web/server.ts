// The web server as it runs: the shop's pages on the deployed processes.
import { connect, type UrlHandler } from '../../lib/aws/index.ts'
import { createCache } from '../cache/client.ts'
import { openCollection } from '../database/client.ts'
import { collections } from '../database/collections.ts'
import { openCatalogue } from './catalogue.ts'
import { createShop } from './shop.ts'
import { urlHandler } from './url-handler.ts'
import { web } from './web.ts'

/** How long an environment serves its own copy of what the cache has: names and categories, which change rarely. */
const copyMs = 5000

/** One an environment: it keeps copies of what it reads. */
export const serve = (): UrlHandler => {
  const processes = connect(web)
  const catalogue = openCatalogue(openCollection(processes, collections, 'products'), createCache({ client: processes, copyMs }))
  const log = (message: string, fields: { readonly [name: string]: unknown }): void =>
    console.error(JSON.stringify({ level: 'error', message, ...fields }))
  const shop = createShop({ catalogue, processes, clock: { now: () => Date.now() } }, { log })
  return urlHandler((request, connection) => shop.fetch(request, connection))
}
