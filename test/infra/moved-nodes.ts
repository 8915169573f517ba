// The nodes of infra/nodes.ts after one line has moved: the cache, from the stack `shop` to `stock`.
import { nodes } from '../../infra/nodes.ts'
import type { NodeSettings, Nodes } from '../../lib/cdk/index.ts'

export const { shop, stock } = nodes as { readonly shop: NodeSettings; readonly stock: NodeSettings }
const { cache, ...others } = shop.processes
/** What stays on the node `shop`. */
export const staying = others

export const movedNodes: Nodes = {
  shop: { ...shop, processes: staying },
  stock: { ...stock, processes: { ...stock.processes, cache: cache ?? {} } },
}
