// Fills the shop that `npm start` runs: with the "Online Retail" data set where it lies beside the project, else with the shop's own catalogue.
import { existsSync } from 'node:fs'
import { openShop } from '../functions/open-shop.ts'
import { terminal as here, type Terminal } from '../lib/cli/terminal.ts'

const lines = new URL('../../shared/data/online-retail-lines.csv', import.meta.url).pathname

/** @returns the exit code of `openShop` */
export const fillShop = (args: readonly string[], terminal: Terminal): Promise<number> =>
  openShop([...(existsSync(lines) ? ['--lines', lines] : []), ...args], terminal)

if (process.argv[1] === import.meta.filename) process.exitCode = await fillShop(process.argv.slice(2), here)
