// Execution environments: worker threads that load a handler and run one invocation at a time.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type Environment, startEnvironment } from '../../lib/local/worker.ts'

const running: Environment[] = []
afterEach(async () => {
  for (const environment of running.splice(0)) await environment.close()
})

const plain = new URL('./fixtures/plain/handler.ts', import.meta.url).href

const start = async (entry: string, onOutput: (line: string) => void = () => {}): Promise<Environment> => {
  const environment = await startEnvironment(
    {
      entry,
      functionName: 'shop-plain',
      memoryMb: 128,
      timeoutSeconds: 1,
      env: { GREETING: 'hello' },
    },
    onOutput,
  )
  running.push(environment)
  return environment
}

describe('an environment', () => {
  test('runs invocations with a Lambda context and its own variables', async () => {
    const environment = await start(plain)
    const outcome = await environment.invoke('1', 'hi')
    expect(outcome).toEqual({ kind: 'returned', response: '{"event":"hi","variable":"hello","name":"shop-plain","left":true}' })
    expect(await environment.invoke('2', 'undefined')).toEqual({ kind: 'returned', response: 'null' })
  })

  test('lives on when a handler throws', async () => {
    const environment = await start(plain)
    expect(await environment.invoke('1', 'throw')).toEqual({ kind: 'threw', reason: 'TypeError: no such thing' })
    expect(await environment.invoke('2', 'hi')).toMatchObject({ kind: 'returned' })
  })

  test.each(['spin', 'hang'])('is killed when a handler takes too long: %s', async (event) => {
    const environment = await start(plain)
    expect(await environment.invoke('1', event)).toEqual({ kind: 'timedOut', reason: 'timed out after 1 s' })
    expect(environment.ended()).toBe('timed out after 1 s')
  })

  test('dies with its process', async () => {
    const environment = await start(plain)
    expect(await environment.invoke('1', 'exit')).toEqual({ kind: 'died', reason: 'it ended itself with exit code 3' })
    expect(await environment.invoke('2', 'hi')).toMatchObject({ kind: 'died' })
  })

  test('hands on what the handler writes', async () => {
    const lines: string[] = []
    const environment = await start(plain, (line) => lines.push(line))
    await environment.invoke('1', 'write')
    await environment.invoke('2', 'hi')
    expect(lines).toEqual(['a line'])
  })
})

describe('a module that does not load', () => {
  test.each([
    ['// A comment.\nexport const handler = ( => {}', /^SyntaxError: .*\/handler\.ts:2\)$/],
    ['export const handle = () => {}', /^Error: it exports no function named handler$/],
    ['import "./nowhere.ts"', /^Error: Cannot find module .*\/nowhere\.ts/],
    ['throw new TypeError("at import\\nand more")', /^TypeError: at import \(.*\/handler\.ts:1\)$/],
  ])('is told in one line: %j', async (source, reason) => {
    const folder = await mkdtemp(join(tmpdir(), 'gavotte-worker-'))
    const file = join(folder, 'handler.ts')
    await writeFile(file, source)
    await expect(start(pathToFileURL(file).href)).rejects.toThrow(reason)
    await rm(folder, { recursive: true })
  })
})
