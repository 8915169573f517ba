// Code in the docs is taken from files that compile and run: a comment before each block says which.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { listFiles } from './tidy/source.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string): string => readFileSync(`${root}/${path}`, 'utf8')

interface Block {
  /** The file that it is taken from, where a comment names one. */
  readonly source: string | undefined
  readonly code: string
}

const blocksIn = (text: string): readonly Block[] =>
  [...text.matchAll(/(?:<!-- code: (\S+) -->\n)?```ts\n([\s\S]*?)```/g)].map(([, source, code = '']) => ({ source, code }))

// A reader imports the package by its name; and a block may be taken from any depth.
const plain = (text: string): string =>
  text
    .replace(/'(?:\.\.\/)+lib\/index\.ts'/g, "'gavotte'")
    .replace(/'(?:\.\.\/)+lib\/sim\/index\.ts'/g, "'gavotte/testing'")
    .replace(/^ +/gm, '')

const taken = listFiles(root, 'docs')
  .filter((path) => path.endsWith('.md'))
  .flatMap((path) => blocksIn(read(path)).map((block) => ({ path, ...block })))

describe('code in the docs', () => {
  test('stands in the file that it is taken from', () => {
    const known = taken.flatMap(({ source, ...block }) => (source === undefined ? [] : [{ ...block, source }]))
    expect(known).not.toHaveLength(0)
    for (const { source, code } of known) expect(plain(read(source))).toContain(plain(code))
  })

  test('of the guide to testing is all taken from somewhere', () => {
    expect(taken.filter(({ path, source }) => path === 'docs/testing.md' && source === undefined)).toEqual([])
  })
})
