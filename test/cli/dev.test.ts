// `gavotte dev` as a command: its output, its signals, its exit codes.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'

// A busy machine takes its time to start processes.
jest.setTimeout(30_000)

const children: ChildProcess[] = []
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gavotte-dev-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

const dev = (appFile: string, ...options: string[]) => {
  const main = fileURLToPath(new URL('../../lib/cli/main.ts', import.meta.url))
  const args = [main, 'dev', '--data', join(folder, 'data'), '--app-file', appFile, ...options]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text
  })
  const until = async (text: string): Promise<void> => {
    while (!said.out.includes(text)) await once(child.stdout, 'data')
  }
  return { child, said, until, closed: once(child, 'close') }
}

// An app of one function that needs no framework: it starts at once.
const writeApp = async (handler: string): Promise<string> => {
  const contract = { name: 'echo', messages: {}, calls: {}, view: undefined }
  const deploy = { mailbox: 'ordered', attempts: 5, memoryMb: 128, timeoutSeconds: 10, windowSeconds: 0, shards: 1 }
  const process = JSON.stringify({ contract, uses: [], internal: {}, deploy })
  await writeFile(join(folder, 'handler.ts'), handler)
  const file = join(folder, 'app.ts')
  await writeFile(
    file,
    `export const app = { name: 'tiny', processes: [${process}], web: [], entry: () => new URL('./handler.ts', import.meta.url) }`,
  )
  return file
}

const send = (endpoint: string, queue: string, group: string): Promise<Response> =>
  fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage' },
    body: JSON.stringify({
      QueueUrl: `${endpoint}/000000000000/${queue}`,
      MessageBody: '{}',
      MessageGroupId: group,
      MessageDeduplicationId: group,
    }),
  })

describe('gavotte dev', () => {
  test('tells what happens, and ends on a signal once the invocation in flight is done', async () => {
    const app = await writeApp(`export const handler = async () => {
      console.log('begun')
      await new Promise((resolve) => setTimeout(resolve, 200))
    }`)
    const { child, said, until, closed } = dev(app, '--port', '0')
    await until('Ctrl-C')
    const [endpoint = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(said.out) ?? []
    expect((await send(endpoint, 'tiny-echo.fifo', 'e1')).status).toBe(200)
    await until('begun')
    child.kill('SIGTERM')
    expect(await closed).toEqual([0, null])
    expect(said.out).toMatch(/echo\/e1 +1 message in \d+ ms\n$/)
    expect(said.err).toBe('')
  })

  test('ends at once on a second Ctrl-C', async () => {
    const app = await writeApp(`export const handler = () => {
      console.log('begun')
      return new Promise((resolve) => setTimeout(resolve, 60_000))
    }`)
    const { child, said, until, closed } = dev(app, '--port', '0')
    await until('Ctrl-C')
    await send(/http:\/\/127\.0\.0\.1:\d+/.exec(said.out)?.[0] ?? '', 'tiny-echo.fifo', 'e1')
    await until('begun')
    child.kill('SIGINT')
    await until('Stopping')
    child.kill('SIGINT')
    expect(await closed).toEqual([null, 'SIGINT'])
  })

  test('prints JSON lines for programs', async () => {
    const { child, said, until, closed } = dev(await writeApp('export const handler = () => {}'), '--port', '0', '--json')
    await until('started')
    const { endpoint } = JSON.parse(said.out)
    await send(endpoint, 'tiny-echo.fifo', 'e1')
    await until('handled')
    child.kill('SIGINT')
    await closed
    const [, handled] = said.out.trim().split('\n')
    expect(JSON.parse(handled ?? '')).toMatchObject({
      kind: 'handled',
      process: 'echo',
      instances: ['e1'],
      messages: 1,
      returned: 0,
    })
  })

  test('says in one line why it cannot start', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const taken = dev(await writeApp('export const handler = () => {}'), '--port', String(port))
    expect(await taken.closed).toEqual([1, null])
    server.close()
    expect(taken.said).toEqual({
      out: '',
      err: `gavotte: port-taken: port ${port} on 127.0.0.1 is taken: choose another with --port\n`,
    })

    const broken = dev(await writeApp('export const handler = ( => {}'), '--port', '0')
    expect(await broken.closed).toEqual([1, null])
    const handler = join(folder, 'handler.ts')
    expect(broken.said.err).toMatch(
      new RegExp(`^gavotte: process-not-loaded: process echo does not load from ${handler}: SyntaxError: .*${handler}:1\\)\\n$`),
    )
  })
})
