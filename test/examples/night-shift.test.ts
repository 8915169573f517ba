import { expect, jest, test } from '@jest/globals'
import { nightShift } from '../../examples/night-shift/night-shift.ts'
import type { FailedMessage, Operator, Remedied } from '../../lib/aws/index.ts'

test('the night shift redrives what met the outage, discards noise, and leaves the rest to a person', async () => {
  const failed = (id: string, code: FailedMessage['code'], reason: string): FailedMessage => ({
    process: 'payment',
    instance: id,
    id,
    code,
    reason,
    attempts: 5,
    round: 0,
    at: 0,
  })
  const done: string[] = []
  const remedy =
    (how: 'redriven' | 'discarded') =>
    async ({ id }: { readonly id: string }): Promise<Remedied> => {
      done.push(`${how} ${id}`)
      if (id === 'again') return { kind: 'failed-again', code: 'handler-failed', reason: 'Error: no' }
      return { kind: 'done', resolution: { process: 'payment', instance: id, id, round: 0, how, at: 1 } }
    }
  const operator: Pick<Operator, 'failed' | 'redrive' | 'discard'> = {
    async *failed() {
      yield failed('down', 'handler-failed', 'Error: payment service is down')
      yield failed('again', 'handler-failed', 'Error: payment service is down')
      yield failed('noise', 'malformed', 'not JSON')
      yield failed('bug', 'handler-failed', 'TypeError: no pence')
    },
    redrive: remedy('redriven'),
    discard: remedy('discarded'),
  }
  const said = jest.spyOn(console, 'log').mockImplementation(() => {})
  expect(await nightShift(operator, 0)).toBe(2)
  expect(done).toEqual(['redriven down', 'redriven again', 'discarded noise'])
  expect(said).toHaveBeenCalledWith('payment/bug: TypeError: no pence (0 wait behind it)')
  said.mockRestore()
})
