import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { proveOrders } from '../../bench/orders/proof.ts'

const invoices = 240
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gavotte-invoices-'))
  const rows = Array.from(
    { length: invoices },
    (_, n) => `${536_000 + n},2010-12-01,${17_000 + (n % 60)},${(n * 1.17 + 0.1).toFixed(4)}`,
  )
  await writeFile(join(folder, 'invoices.csv'), ['InvoiceNo,InvoiceDate,CustomerID,TotalPrice', ...rows].join('\n'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('a file of invoices that is sent twice to a cloud that is killed twice comes out to the penny', async () => {
  const figures = await proveOrders({ file: join(folder, 'invoices.csv'), kills: 2 })
  expect(figures).toMatchObject({ ok: true, wrong: [], orders: invoices, customers: 60, pence: figures.penceOfFile, kills: 2 })
}, 120_000)
