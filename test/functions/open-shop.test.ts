import { Readable, Writable } from 'node:stream'
import { expect, test } from '@jest/globals'
import { openShop } from '../../functions/open-shop.ts'

const run = async (...args: readonly string[]) => {
  const said = { out: '', err: '' }
  const into = (name: 'out' | 'err') =>
    new Writable({
      write: (chunk, _, done) => {
        said[name] += chunk
        done()
      },
    })
  const terminal = { out: into('out'), err: into('err'), in: Readable.from([]), env: {}, onInterrupt: () => () => {} }
  return { code: await openShop(args, terminal), ...said }
}

test.each([
  [['--help'], 0, /usage: npm run open-shop/],
  [['--peices', '3'], 1, /Unknown option '--peices'/],
  [['--pieces', 'many', '--app', 'none'], 2, /--pieces/],
  [['--lines', 'nowhere.csv', '--app', 'none'], 2, /nowhere\.csv is not there/],
])('%j ends with an exit code, and says why', async (args, code, said) => {
  const ended = await run(...args)
  expect([ended.code, ended.out + ended.err]).toEqual([code, expect.stringMatching(said)])
})
