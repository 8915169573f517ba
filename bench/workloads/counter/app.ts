// The workload on which Gavotte and its peers are measured.
import { defineApp } from '../../../lib/index.ts'
import { counter } from './counter/process.ts'
import { ledger } from './ledger/process.ts'

export const app = defineApp('bench', import.meta.url, [counter, ledger])
