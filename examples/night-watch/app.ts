// The night watch: supervision in two levels, and heartbeats.
import { type App, defineApp, type Process } from '../../lib/index.ts'
import { chief } from './chief.ts'
import { keeper } from './keeper.ts'
import { pump } from './pump.ts'

export const app: App<Process> = defineApp('night', import.meta.url, [pump, keeper, chief])
