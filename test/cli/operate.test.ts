// The commands of operators, against a local cloud.
import { userInfo } from 'node:os'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { Post, Till } from '../local/fixtures/mend/contracts.ts'
import { type Mending, startMending, until } from '../local/mending.ts'
import { type Circumstances, gavotte } from './command.ts'

// A busy machine takes its time to load the SDK in every worker.
jest.setTimeout(60_000)

const appFile = fileURLToPath(new URL('../local/fixtures/mend/app.ts', import.meta.url))
let mending: Mending
beforeAll(async () => {
  mending = await startMending()
})
afterAll(() => mending.close())

const command = (args: readonly string[], circumstances?: Circumstances) =>
  gavotte([...args, '--app-file', appFile, '--endpoint', mending.cloud.endpoint], circumstances)
const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
/** Messages of a post that failed and were set aside. @returns their ids */
const setAside = async (instance: string, ...numbers: readonly number[]): Promise<readonly string[]> => {
  const sent = await Promise.all(numbers.map((n) => mending.client.send(Post, instance).Enter({ n, bad: true })))
  await until(async () => (await mending.failed({ process: 'post', instance })).length === numbers.length)
  return sent.map(({ id }) => id)
}

describe('gavotte failed', () => {
  test('lists what has failed, the oldest first, and how many are stashed behind what parks', async () => {
    const first = await mending.park('a', [1, 2])
    const [second] = await setAside('a', 7)
    const { code, out, err } = await command(['failed', '--instance', 'a', '--process', 'till'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const [title, line, ...rest] = out.trimEnd().split('\n')
    expect(title).toMatch(/^ *AGE {2}INSTANCE +MESSAGE +TYPE +CODE +PARKED +REASON$/)
    expect(line).toMatch(/^ *\d+[sm] {2}till\/a +~client\/\S+ +Enter +handler-failed +2 behind +Error: 13 is bad/)
    expect(rest).toEqual([])
    const all = linesOf((await command(['failed', '--json', '--since', '1h'])).out)
    const ids = all.map(({ id }) => id)
    expect(ids.indexOf(first)).toBeLessThan(ids.indexOf(second))
    expect(all).toContainEqual({
      process: 'till',
      instance: 'a',
      id: first,
      type: 'Enter',
      code: 'handler-failed',
      reason: expect.stringContaining('13 is bad'),
      attempts: 1,
      round: 0,
      trace: first,
      at: expect.stringMatching(/Z$/),
      parked: { stashed: 2 },
    })
  })

  test('finds the processes by their tables where there is no app file', async () => {
    await setAside('b', 1)
    const args = ['failed', '--app', 'mend', '--endpoint', mending.cloud.endpoint, '--json']
    expect(linesOf((await gavotte(args)).out).map(({ process }) => process)).toContain('post')
  })

  test('chooses by filter, and says so where nothing is left', async () => {
    expect(await command(['failed', '--code', 'too-old'])).toEqual({ code: 0, out: '', err: 'no message has failed\n' })
    expect((await command(['failed', '--until', '2020-01-01'])).out).toBe('')
  })

  test('show tells all that is known of one', async () => {
    const id = await mending.park('c', [1])
    const { code, out } = await command(['failed', 'show', 'till/c', id])
    expect(code).toBe(0)
    expect(out).toMatch(`message   ${id}, Enter
instance  till/c, parked on it: 1 messages are stashed behind it
failed    `)
    expect(out).toMatch(/^reason {4}Error: 13 is bad\. Correct the handler or the message and redrive$/m)
    expect(out).toMatch(/^stack {5}Error: 13 is bad\n {14}at .*fixtures\/mend\/app\.ts/m)
    expect(out).toMatch(/^body {6}\{\n {12}"n": 13,\n {12}"bad": true\n {10}\}$/m)
    expect(out).toMatch(/^history\n {2}\S+Z failed, attempts 1: handler-failed\n/m)
    const [document] = linesOf((await command(['failed', 'show', 'till/c', id, '--json'])).out)
    expect(document).toMatchObject({ id, open: true, envelope: { body: { n: 13 } }, rounds: [{ code: 'handler-failed' }] })
  })
})

describe('gavotte redrive', () => {
  test('with --dry-run lists what it would do, and does nothing', async () => {
    const id = await mending.park('d')
    expect((await command(['redrive', 'till/d', '--dry-run'])).out).toContain(id)
    expect((await command(['redrive', 'till/d', id, '--dry-run', '--json'])).out).toContain('"round":0')
    expect((await mending.failed({ process: 'till', instance: 'd' })).map(({ round }) => round)).toEqual([0])
  })

  test('of one that fails again says so, with exit code 1; with another body all goes on in order', async () => {
    const id = await mending.park('e', [1, 2, 3])
    expect(await command(['redrive', 'till/e', id])).toEqual({
      code: 1,
      out: `till/e ${id}: failed again: handler-failed: Error: 13 is bad. Correct the handler or the message and redrive\n`,
      err: '',
    })
    const edit = ['redrive', 'till/e', id, '--body', '-', '--why', 'a typo', '--by', 'ann']
    expect(await command(edit, { stdin: '{"n":0}' })).toEqual({
      code: 0,
      out: `till/e ${id}: redriven, and handled\n`,
      err: '',
    })
    await until(async () => (await mending.entered('e')).length === 4)
    expect(await mending.entered('e')).toEqual([0, 1, 2, 3])
  })

  test('of many goes through them at a rate, shows how far it is, and sums up', async () => {
    const ids = await setAside('f', 1, 2, 3, 4)
    const started = Date.now()
    const { code, out, err } = await command(['redrive', 'post/f', '--rate', '10/s'])
    expect(Date.now() - started).toBeGreaterThanOrEqual(300)
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/100 %: 4 messages\n$/) })
    expect(out).toMatch(/: failed again: handler-failed: Error: 1 is bad.*\n(.*\n){3}4 messages: 4 failed again\n$/)
    const lines = linesOf((await command(['redrive', '--process', 'post', '--instance', 'f', '--json'])).out)
    expect(lines.map(({ id, kind }) => [id, kind])).toEqual(ids.map((id) => [id, 'failed-again']))
  })

  test('of all tries what an instance stands still on first', async () => {
    await mending.park('g', [1])
    const { out } = await command(['redrive', '--all', '--json', '--process', 'till'])
    expect(linesOf(out).find(({ instance }) => instance === 'g')).toMatchObject({ kind: 'failed-again' })
  })

  test('that nobody answers ends after --wait, and says where to look', async () => {
    const id = await mending.park('h')
    expect(await command(['redrive', 'till/h', id, '--wait', '0ms'])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/nothing is known yet: .*`gavotte failed show`/),
    })
  })

  test.each([
    [['redrive'], 2, 'say what to redrive: ADDRESS ID, ADDRESS, a filter as --process order, or --all'],
    [['redrive', 'till/a', '--all'], 2, 'till/a says what to redrive: leave --all'],
    [['redrive', 'till'], 2, '"till" names no instance: write PROCESS/INSTANCE'],
    [['redrive', '--all', '--body', '{}'], 2, '--body is for one message: name it'],
    [['redrive', '--all', '--rate', '10'], 2, "option '--rate <rate>' argument '10' is invalid. write how many in what time"],
    [['failed', '--since', 'noon'], 2, "option '--since <time>' argument 'noon' is invalid. write a time"],
    [['failed', '--instance', 'a'], 2, '--instance is of a process: name it with --process'],
    [['failed', '--process', 'tile'], 1, 'not-found: Scan of mend-tile: '],
    [['failed', 'show', 'till/a', 'none'], 1, 'till/a has no failed message none: `gavotte failed` lists them'],
    [['redrive', 'till/a', 'none'], 1, 'till/a has no failed message none'],
    [['discard', 'till/a', 'none', '--why', 'x'], 1, 'till/a has no failed message none'],
    [['discard', 'till/a', 'none'], 2, "required option '--why <text>' not specified"],
    [['discard', 'till/a', 'none', '--why', ' '], 2, 'say why with --why'],
    [['call', 'till/a', 'Some'], 2, 'till answers no call "Some": it answers Sum'],
    [['call', 'till/~malformed', 'Sum'], 2, 'an instance id must not begin with ~'],
    [['cancel', 'till'], 2, '"till" names no instance'],
  ])('%j is refused with exit code %i, and says what to do', async (args, code, line) => {
    expect(await command(args)).toEqual({ code, out: '', err: expect.stringContaining(line) })
  })

  test('asks the app file whether another body fits', async () => {
    const id = await mending.park('i')
    expect(await command(['redrive', 'till/i', id, '--body', '{"n":"x"}'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('till.Enter: n: '),
    })
    expect(await command(['redrive', 'till/i', id, '--body', '{"n":"x"}', '--no-check'])).toMatchObject({
      code: 1,
      out: expect.stringContaining('failed again: invalid-body'),
    })
  })
})

test('gavotte redrive ends on Ctrl-C with what it has done, and leaves the rest', async () => {
  await setAside('n', 1, 2, 3)
  let interrupt: () => void = () => {}
  const { code, out, err } = await command(['redrive', 'post/n', '--rate', '2/s'], {
    onListen: (act) => {
      interrupt = act
    },
    onErr: (text) => {
      if (text.includes('messages')) interrupt()
    },
  })
  expect({ code, out, err }).toEqual({
    code: 1,
    out: expect.stringMatching(/3 messages: 1 failed again, 2 left as they were\n$/),
    err: expect.stringContaining('gavotte: interrupted: '),
  })
  expect((await mending.failed({ process: 'post', instance: 'n' })).map(({ round }) => round).sort()).toEqual([0, 0, 1])
})

test('gavotte discard lets the instance go on behind the message, and gavotte audit says who did what and why', async () => {
  const id = await mending.park('j', [1, 2])
  expect(await command(['discard', 'till/j', id, '--why', 'by telephone'])).toEqual({
    code: 0,
    out: `till/j ${id}: discarded\n`,
    err: '',
  })
  await until(async () => (await mending.entered('j')).length === 2)
  expect(await command(['discard', 'till/j', id, '--why', 'again'])).toMatchObject({
    code: 1,
    err: expect.stringContaining(`resolved: ${id} of till/j was discarded by ${userInfo().username} at `),
  })
  const { out } = await command(['audit', 'till/j'])
  expect(out).toMatch(/^TIME +INSTANCE +MESSAGE +DONE +BY +WHY\n\S+Z {2}till\/j +~client\/\S+ +discarded +\S+ +by telephone\n$/)
  const all = linesOf((await command(['audit', 'till', '--since', '1h', '--json'])).out)
  expect(all).toContainEqual(expect.objectContaining({ instance: 'e', how: 'redriven', by: 'ann', why: 'a typo', round: 1 }))
  expect(await command(['audit', 'post/none'])).toEqual({ code: 0, out: '', err: 'nothing was redriven or discarded\n' })
})

test('gavotte call prints the reply, or why there is none', async () => {
  await mending.client.send(Till, 'k').Enter({ n: 5 })
  await until(async () => (await mending.entered('k')).length === 1)
  expect(await command(['call', 'till/k', 'Sum', '{}', '--key', 'k-1'])).toEqual({ code: 0, out: '{\n  "sum": 5\n}\n', err: '' })
  expect((await command(['call', 'till/k', 'Sum', '--json'])).out).toBe('{"sum":5}\n')
  await mending.park('l')
  expect(await command(['call', 'till/l', 'Sum'])).toEqual({ code: 1, out: '', err: expect.stringMatching(/^gavotte: parked: /) })
})

test('gavotte cancel ends the flows of an instance', async () => {
  await mending.client.send(Till, 'm').Rest()
  await until(async () => (await mending.entered('m')).length === 1)
  expect(await command(['cancel', 'till/m', '--flow', 'Rest'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^told till\/m to cancel its flows Rest, id /),
  })
  await until(async () => (await mending.entered('m')).length === 2)
  expect(await mending.entered('m')).toEqual([0, -1])
})
