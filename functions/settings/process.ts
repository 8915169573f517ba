// The shop's switch.
import { registerProcess } from '../../lib/coordination/index.ts'
import { Settings } from './contract.ts'

export const settings = registerProcess(Settings, { initial: () => ({ open: true, notice: '' }) })
