import { expect, test } from '@jest/globals'
import { openShop } from '../../functions/open-shop.ts'
import { ran } from '../cli/command.ts'

test.each([
  [['--help'], 0, /usage: npm run open-shop/],
  [['--peices', '3'], 1, /Unknown option '--peices'/],
  [['--pieces', 'many', '--app', 'none'], 2, /--pieces/],
  [['--lines', 'nowhere.csv', '--app', 'none'], 2, /nowhere\.csv is not there/],
])('%j ends with an exit code, and says why', async (args, code, said) => {
  const ended = await ran(openShop, args)
  expect([ended.code, ended.out + ended.err]).toEqual([code, expect.stringMatching(said)])
})
