// The web server's secrets.
import { registerProcess } from '../../lib/coordination/index.ts'
import { Keys } from './contract.ts'

export const keys = registerProcess(Keys, { initial: () => ({ signing: '' }) })
