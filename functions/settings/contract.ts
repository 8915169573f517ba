// The shop's switch: whether it takes orders, and what it says to everybody. A register, so that two who change it cannot undo each other.
import * as v from 'valibot'
import { registerContract } from '../../lib/coordination/index.ts'

export const Settings = registerContract(
  'settings',
  v.object({
    open: v.boolean(),
    /** Shown on every page; empty: nothing. */
    notice: v.pipe(v.string(), v.maxLength(200)),
  }),
)
/** Its one instance. */
export const shop = 'shop'
