// A desk that talks with a bank: by queued calls, steps and sleeps; whoever waits asks the bank directly.
import { defineApp } from '../../../lib/index.ts'
import { bank } from './bank/process.ts'
import { bare } from './bare/process.ts'
import { desk } from './desk/process.ts'

export const app = defineApp('bench', import.meta.url, [desk, bank, bare])
