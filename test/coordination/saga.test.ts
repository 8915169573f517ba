// What was done is undone, the latest first; what may have been done too; what was refused is not.
import { expect, test } from '@jest/globals'
import { saga } from '../../lib/coordination/index.ts'
import { Rejected } from '../../lib/index.ts'
import { Bank } from '../runtime/asking.ts'
import { type TripFlow, trial, tripProcess } from '../runtime/flowing.ts'

const note = (ctx: TripFlow, text: string) => ctx.update(({ log }) => void log.push(text))

/** A flow of two draws, each of which is noted when it is undone, and then something else. */
const drawing = (then: (ctx: TripFlow) => Promise<void> = async () => {}) =>
  trial(
    tripProcess(async (ctx) => {
      const run = saga(ctx)
      for (const name of ['a', 'b'])
        await run(
          () => ctx.call(Bank, name).Draw({ pence: 1 }),
          (done) => note(ctx, `undo ${name} ${done?.left ?? 'unknown'}`),
        )
      await then(ctx)
      await note(ctx, 'done')
    }),
  )
const drawn = (left: number) => ({ ok: true, reply: { left } })
const refused = { ok: false, code: 'too-little', message: 'no' }

test('what goes well is not undone', async () => {
  const { tell, answer, log } = drawing()
  await tell('Go')
  await answer(drawn(9))
  await answer(drawn(8))
  expect(log()).toEqual(['done'])
})

test('where one is refused, those before it are undone and not itself', async () => {
  const { tell, answer, log } = drawing()
  await tell('Go')
  await answer(drawn(9))
  await answer(refused)
  expect(log()).toEqual(['undo a 9'])
})

test('what has no answer in time may have been done, and is undone', async () => {
  const { host, tell, answer, fire, log } = drawing()
  await tell('Go')
  await answer(drawn(9))
  host.advance(60_000)
  await fire()
  expect(log()).toEqual(['undo b unknown', 'undo a 9'])
})

test('what brought an answer that nobody can read was done, and is undone', async () => {
  const { tell, answer, log } = drawing()
  await tell('Go')
  await answer({ ok: true, reply: { left: 'much' } })
  expect(log()).toEqual(['undo a unknown'])
})

test('where the flow fails later, all is undone, the latest first', async () => {
  const { tell, answer, log } = drawing(() => Promise.reject(new Rejected('storm', 'no trip')))
  await tell('Go')
  await answer(drawn(9))
  await answer(drawn(8))
  expect(log()).toEqual(['undo b 8', 'undo a 9'])
})

test('where the flow is cancelled, what is under way is undone too', async () => {
  const { tell, answer, log } = drawing()
  await tell('Go')
  await answer(drawn(9))
  await tell('~cancel')
  expect(log()).toEqual(['undo b unknown', 'undo a 9'])
})
