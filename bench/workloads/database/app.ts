// The database by itself.
import { defineApp } from '../../../lib/index.ts'
import { database } from './database/process.ts'

export const app = defineApp('bench', import.meta.url, [database])
