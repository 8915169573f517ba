// The web server as deployment sees it: whom it talks to, and that anybody may ask it.
import { defineWeb } from '../../lib/index.ts'
import { Cache } from '../cache/contract.ts'
import { Database } from '../database/contract.ts'
import { Desk } from '../desk/contract.ts'
import { Inventory } from '../inventory/contract.ts'
import { Keys } from '../keys/contract.ts'
import { Order } from '../order/contract.ts'
import { Payment } from '../payment/contract.ts'
import { Session } from '../session/contract.ts'
import { Settings } from '../settings/contract.ts'

export const web = defineWeb('web', {
  uses: [Cache, Database, Desk, Inventory, Keys, Order, Payment, Session, Settings],
  // Twice the processor of the default: a page is bound by it.
  deploy: { access: 'public', memoryMb: 512, timeoutSeconds: 10 },
})
