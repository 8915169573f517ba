import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { FakeSqs } from '../aws/fake-sqs.ts'
import { type Circumstances, gavotte, type Ran } from './command.ts'

// A busy machine takes its time; a run whose test has given up goes on for its minute of patience.
jest.setTimeout(30_000)

const appFile = fileURLToPath(new URL('./shop.ts', import.meta.url))
const home = process.cwd()
let sqs: FakeSqs
let folder: string
beforeEach(async () => {
  sqs = await new FakeSqs().open()
  sqs.queues = ['shop-order.fifo']
  folder = mkdtempSync(join(tmpdir(), 'gavotte-'))
  process.chdir(folder)
  writeFileSync('map.json', JSON.stringify(mapping))
})
afterEach(async () => {
  process.chdir(home)
  rmSync(folder, { recursive: true })
  await sqs.close()
})

const mapping = {
  to: 'order/{No}',
  type: 'Place',
  key: 'invoice-{No}',
  body: { customer: '{Customer}', pence: { column: 'Price', as: 'pence' } },
}
const csv = (rows: number): string =>
  ['No,Customer,Price', ...Array.from({ length: rows }, (_, n) => `${n + 1},c${n},${n}.10`)].join('\n')
const sendFile = (args: readonly string[], circumstances?: Circumstances): Promise<Ran> =>
  gavotte(['send', '--app-file', appFile, '--endpoint', sqs.endpoint, '--map', 'map.json', ...args], circumstances)
const sentKeys = (): readonly string[] =>
  sqs.batches
    .flat()
    .map(({ MessageBody }) => JSON.parse(MessageBody).id as string)
    .sort((a, b) => Number(a.split('-')[1]) - Number(b.split('-')[1]))
const keys = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, n) => `invoice-${from + n}`)
const kept = (): readonly string[] => (existsSync('.gavotte/send') ? readdirSync('.gavotte/send') : [])

test('every row of a CSV file becomes a message', async () => {
  writeFileSync('in.csv', `\ufeff${csv(25)}\n`)
  const { code, out, err } = await sendFile(['--file', 'in.csv'])
  expect(code).toBe(0)
  expect(out).toMatch(/^25 rows: 25 sent, 0 bad; \d+\.\d s, [\d,]+ rows\/s\n$/)
  expect(err).toMatch(/^10 %: \d+ rows\n(?:.*\n)*100 %: 25 rows\n$/)
  expect(sentKeys()).toEqual(keys(1, 25))
  expect(kept()).toEqual([])
})

test('every row of a JSON-lines file is a message, with a map or without', async () => {
  const [first] = [{ No: 1, Customer: 'a', Price: 2 }]
  writeFileSync('in.jsonl', `${JSON.stringify(first)}\n\n`)
  expect(await sendFile(['--file', 'in.jsonl'])).toMatchObject({ code: 0 })
  writeFileSync('whole.jsonl', '{"to":"order/2","type":"Shipped","key":"invoice-2"}\n')
  const args = ['send', '--file', 'whole.jsonl', '--app-file', appFile, '--endpoint', sqs.endpoint, '--json']
  const { code, out } = await gavotte(args)
  expect({ code, figures: JSON.parse(out) }).toMatchObject({ code: 0, figures: { rows: 1, sent: 1, bad: 0 } })
  expect(sentKeys()).toEqual(['invoice-1', 'invoice-2'])
})

test('bad rows are named by line and reason, the good ones are sent, and the exit code is 1', async () => {
  writeFileSync('in.csv', ['No,Customer,Price', '1,a,1', '2,b,cheap', '3,c', 'a b,d,4', '5,"e"x,5', '6,f,6'].join('\n'))
  const { code, out, err } = await sendFile(['--file', 'in.csv'])
  expect(code).toBe(1)
  expect(out).toMatch(/^6 rows: 3 sent, 3 bad;/)
  expect(err).toContain('in.csv:3: column "Price" is "cheap": not an amount in pounds\n')
  expect(err).toMatch(/in\.csv:4: Invalid Record Length: .*\n/)
  expect(err).toMatch(/in\.csv:5: illegal-instance-id: .*\n/)
  expect(sentKeys()).toEqual(['invoice-1', 'invoice-5', 'invoice-6'])
})

test('a row that the contract does not take is bad', async () => {
  writeFileSync('in.jsonl', '{"No":1,"Customer":"a","Price":1}\n[]\n{\n')
  writeFileSync('map.json', JSON.stringify({ ...mapping, body: { customer: '{Customer}', pence: 'many' } }))
  const { code, err } = await sendFile(['--file', 'in.jsonl'])
  expect(code).toBe(1)
  expect(err).toMatch(/in\.jsonl:1: order\.Place: pence: /)
  expect(err).toMatch(/in\.jsonl:2: not a JSON object/)
  expect(err).toMatch(/in\.jsonl:3: not JSON: /)
})

test('--strict stops at the first bad row', async () => {
  writeFileSync('in.csv', `No,Customer,Price\n1,a,x\n${csv(5000).split('\n').slice(1).join('\n')}`)
  const { code, err } = await sendFile(['--file', 'in.csv', '--strict'])
  expect(code).toBe(1)
  expect(err).toContain('gavotte: stopped at line 2 of in.csv (--strict)')
  expect(sentKeys().length).toBeLessThan(1000)
})

test('--offset and --limit choose rows', async () => {
  writeFileSync('in.csv', csv(30))
  await sendFile(['--file', 'in.csv', '--offset', '10', '--limit', '5'])
  expect(sentKeys()).toEqual(keys(11, 15))
})

test.each([
  [{ ...mapping, type: 'Plaice' }, /mapping: order takes no message "Plaice"/],
  [{ ...mapping, to: 'ordr/{No}' }, /mapping: no process "ordr"/],
  [{ ...mapping, key: '{Number}' }, /mapping: in\.csv has no column "Number", it has No, Customer, Price/],
  [{ ...mapping, body: { column: 'x', as: 'y' } }, /map\.json: mapping, "body\.as"/],
])('a mapping that fits no row is refused at once', async (json, reason) => {
  writeFileSync('in.csv', csv(10))
  writeFileSync('map.json', JSON.stringify(json))
  const { code, out, err } = await sendFile(['--file', 'in.csv'])
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toMatch(reason)
  expect(sqs.batches).toEqual([])
})

test('an interrupted run goes on where it was, and --restart begins anew', async () => {
  writeFileSync('in.csv', csv(3000))
  let interrupt = (): void => {}
  sqs.answer = ({ operation }) => {
    if (operation === 'SendMessageBatch' && sqs.batches.length === 100) interrupt()
    return undefined
  }
  const onListen = (act: () => void): void => {
    interrupt = act
  }
  const first = await sendFile(['--file', 'in.csv', '--concurrency', '100'], { onListen })
  expect(first).toMatchObject({ code: 1, err: expect.stringContaining('gavotte: interrupted: run the same command') })
  expect(kept()).toHaveLength(1)
  const second = await sendFile(['--file', 'in.csv', '--concurrency', '100'])
  const [, after] = /going on after row (\d+) of an earlier run/.exec(second.err.replaceAll(',', '')) ?? []
  expect(Number(after)).toBeGreaterThan(500)
  expect(second).toMatchObject({
    code: 0,
    out: expect.stringMatching(`^${(3000 - Number(after)).toLocaleString('en-US')} rows: `),
  })
  expect(new Set(sentKeys())).toEqual(new Set(keys(1, 3000)))
  expect(kept()).toEqual([])
})

test('an endpoint that goes away and comes back costs no row and no order', async () => {
  writeFileSync('in.csv', csv(2000))
  let away = false
  sqs.answer = async ({ operation }) => {
    if (operation === 'SendMessageBatch' && sqs.batches.length === 30 && !away) {
      away = true
      await sqs.close()
      setTimeout(() => void sqs.open(), 300)
    }
    return undefined
  }
  const { code, err } = await sendFile(['--file', 'in.csv'])
  expect(err).toMatch(/does not take messages \(.*\): waiting up to 60 s\n/)
  expect(err).toMatch(/it goes on after \d+\.\d s\n/)
  expect(code).toBe(0)
  expect(new Set(sentKeys()).size).toBe(2000)
})

test('an endpoint that stays away ends the run, which keeps how far it came', async () => {
  writeFileSync('in.csv', csv(2000))
  sqs.answer = async ({ operation }) => {
    if (operation === 'SendMessageBatch' && sqs.batches.length === 60) await sqs.close()
    return undefined
  }
  const { code, err } = await sendFile(['--file', 'in.csv', '--patience', '100ms'])
  expect(code).toBe(1)
  expect(err).toMatch(
    /gavotte: http:\S+ does not answer \(.*\): start the local cloud .*The same command then goes on after row \d+\n$/,
  )
  expect(kept()).toHaveLength(1)
  await sqs.open()
})
