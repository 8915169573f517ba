// Whom a process can tell, and what becomes of whom it cannot.
import { expect, test } from '@jest/globals'
import { Lease } from '../../lib/coordination/index.ts'
import { tellerOf } from '../../lib/coordination/notices.ts'
import { contract } from '../../lib/index.ts'

const Worker = contract('worker', { messages: {} })
const sent: string[] = []
const teller = tellerOf([Worker], {
  send: ({ name }, id) => {
    sent.push(`${name}/${id}`)
    return {}
  },
})

test('it tells instances of the processes that it uses', () => {
  expect(teller.to({ process: 'worker', id: '1' })).toEqual({})
  expect(sent).toEqual(['worker/1'])
})

test('nobody, and a process that a deploy has taken away, is not told: what it holds must still expire', () => {
  expect(teller.to(undefined)).toBeUndefined()
  expect(teller.to({ process: 'gone', id: '1' })).toBeUndefined()
})

test.each([
  ['a process that it does not use', { process: Lease.name, id: '1' }, 'lease cannot be told'],
  ['an id that names no instance', { process: 'worker', id: 'two words' }, 'printable ASCII'],
])('%s is refused when it asks', (_, one, sentence) => {
  expect(() => teller.demand(one)).toThrow(sentence)
})
