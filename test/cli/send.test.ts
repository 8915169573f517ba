import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { FakeSqs } from '../aws/fake-sqs.ts'
import { type Circumstances, gavotte } from './command.ts'

const appFile = fileURLToPath(new URL('./shop.ts', import.meta.url))
let sqs: FakeSqs
beforeEach(async () => {
  sqs = await new FakeSqs().open()
  sqs.queues = ['shop-order.fifo']
})
afterEach(() => sqs.close())

const send = (args: readonly string[], circumstances?: Circumstances) =>
  gavotte(['send', ...args, '--app-file', appFile, '--endpoint', sqs.endpoint], circumstances)
const sentBodies = () => sqs.batches.flat().map(({ MessageBody }) => JSON.parse(MessageBody))
const body = '{"customer":"17850","pence":13912}'

describe('gavotte send', () => {
  test('sends a message under a key', async () => {
    expect(await send(['order/42', 'Place', body, '--key', 'click-1'])).toEqual({
      code: 0,
      out: 'sent Place to order/42, id click-1\n',
      err: '',
    })
    expect(sentBodies()).toMatchObject([{ id: 'click-1', to: '42', type: 'Place', body: JSON.parse(body) }])
  })

  test('prints one JSON document with --json', async () => {
    const { out } = await send(['order/42', 'Place', body, '--key', 'click-1', '--json'])
    expect(JSON.parse(out)).toEqual({ id: 'click-1', to: 'order/42', type: 'Place' })
  })

  test('reads the body from stdin for -', async () => {
    expect(await send(['order/42', 'Place', '-'], { stdin: body })).toMatchObject({ code: 0 })
    expect(sentBodies()).toMatchObject([{ body: JSON.parse(body) }])
  })

  test('sends without body where none is needed', async () => {
    expect(await send(['order/42', 'Shipped'])).toMatchObject({ code: 0 })
  })

  test('takes the endpoint from AWS_ENDPOINT_URL', async () => {
    const args = ['send', 'order/42', 'Shipped', '--app-file', appFile]
    expect(await gavotte(args, { env: { AWS_ENDPOINT_URL: sqs.endpoint } })).toMatchObject({ code: 0 })
  })

  test('sends anything with --no-check', async () => {
    expect(await send(['order/42', 'Nonsense', '[1]', '--no-check'])).toMatchObject({ code: 0 })
    expect(sentBodies()).toMatchObject([{ type: 'Nonsense', body: [1] }])
  })

  test.each([
    [['ordr/42', 'Place', body], 'gavotte: no process "ordr": the app has order'],
    [['order/42', 'Plaice', body], 'gavotte: order takes no message "Plaice": it takes Place, Shipped'],
    [['order/42', 'Place', '{"customer":"a","pence":1.5}'], 'gavotte: order.Place: pence: '],
    [['order/42', 'Place', '{customer}'], 'gavotte: the body is not JSON ('],
    [['order', 'Place'], 'gavotte: "order" names no instance: write PROCESS/INSTANCE'],
    [['order/4 2', 'Place'], 'gavotte: "order/4 2": an instance id holds printable ASCII'],
    [['order/42'], 'gavotte: name the message for order/42'],
    [[], 'gavotte: name an instance and a message'],
    [['order/42', 'Shipped', '--limit', 'x'], "gavotte: option '--limit <rows>' argument 'x' is invalid."],
    [['order/42', 'Shipped', '--patience', '5 min'], "gavotte: option '--patience <time>' argument '5 min' is invalid."],
    [['--file', 'none.csv'], 'gavotte: none.csv is no file'],
    [['order/42', '--file', 'none.csv'], 'gavotte: with --file the rows name the instances'],
  ])('refuses %j in one line, with exit code 2 and nothing sent', async (args, line) => {
    const { code, out, err } = await send(args)
    expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringContaining(line) })
    expect(err.trimEnd().split('\n')).toHaveLength(1)
    expect(sqs.batches).toEqual([])
  })

  test('says what to do without an app file', async () => {
    const { code, err } = await gavotte(['send', 'order/42', 'Place', '--app-file', 'none.ts', '--endpoint', sqs.endpoint])
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringContaining('none.ts is not there to check the message: name it with --app-file'),
    })
  })

  test('says what to do where the queue is missing', async () => {
    sqs.queues = []
    const { code, err } = await send(['order/42', 'Shipped'])
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining('no queue shop-order.fifo or shop-order: deploy the app'),
    })
  })

  test('says what to do where nothing answers, and shows the stack only if asked', async () => {
    await sqs.close()
    const { code, err } = await send(['order/42', 'Shipped'])
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/does not answer \(.*connect ECONNREFUSED .*\): start the local cloud/),
    })
    expect(err).not.toContain('    at ')
    expect((await send(['order/42', 'Shipped'], { env: { GAVOTTE_DEBUG: '1' } })).err).toContain('    at ')
  })
})

describe('gavotte', () => {
  test('prints its version and help with examples', async () => {
    expect(await gavotte(['--version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
    for (const command of ['send', 'inspect', 'queues', 'failed', 'redrive', 'discard', 'audit', 'call', 'cancel']) {
      expect(await gavotte([command, '--help'])).toMatchObject({ code: 0, out: expect.stringContaining('Examples:') })
    }
  })

  test('refuses what it does not know with exit code 2', async () => {
    expect(await gavotte(['queues', '--bad'])).toEqual({
      code: 2,
      out: '',
      err: "gavotte: unknown option '--bad' (see --help)\n",
    })
  })
})
