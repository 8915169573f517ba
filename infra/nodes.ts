// Which process runs on which node. A node is a stack; without `env` it goes to the account and region of whoever deploys.
import type { Nodes } from '../lib/cdk/index.ts'

export const nodes: Nodes = {
  shop: {
    processes: { order: {}, customer: {}, shipping: {}, session: {}, settings: {}, keys: {}, desk: {}, cache: {} },
    web: { web: {} },
  },
  stock: { processes: { inventory: {}, payment: {}, database: {} } },
}
