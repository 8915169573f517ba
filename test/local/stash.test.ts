// An instance that catches up on a thousand stashed messages keeps their order, and nobody else waits for it.
import { expect, jest, test } from '@jest/globals'
import { Till } from './fixtures/mend/contracts.ts'
import { startMending, until } from './mending.ts'

jest.setTimeout(120_000)

const stashed = Array.from({ length: 1000 }, (_, n) => n + 1)

test('1,000 stashed messages are redriven in exact order, while another instance keeps its pace', async () => {
  // Lambda has an environment for each batch; two do for two instances.
  const mending = await startMending(2)
  const { client, operator, park, entered, close } = mending
  try {
    const id = await park('parked', stashed)
    let sent = 0
    /** Round trips of another instance, one after another, while `done` is not. @returns how many a second */
    const pace = async (done: Promise<unknown>): Promise<number> => {
      const started = performance.now()
      const before = sent
      const over = new AbortController()
      void done.finally(() => over.abort())
      while (!over.signal.aborted) {
        const n = ++sent
        await client.send(Till, 'other').Enter({ n })
        await until(async () => (await entered('other')).at(-1) === n, 2)
      }
      return ((sent - before) * 1000) / (performance.now() - started)
    }
    const alone = await pace(new Promise((resolve) => setTimeout(resolve, 2000)))

    const started = performance.now()
    let seconds = 0
    const redriven = operator
      .redrive({ process: 'till', instance: 'parked', id }, { body: { n: 0 } })
      .then(() => until(async () => (await entered('parked')).length > stashed.length, 10))
      .then(() => {
        seconds = (performance.now() - started) / 1000
      })
    const meanwhile = await pace(redriven)
    await redriven
    expect(await entered('parked')).toEqual([0, ...stashed])
    expect(await entered('other')).toEqual(Array.from({ length: sent }, (_, n) => n + 1))
    const figures = `1,001 messages redriven in ${seconds.toFixed(1)} s (${Math.round(1001 / seconds)}/s); another instance: ${alone.toFixed(1)} round trips/s before, ${meanwhile.toFixed(1)}/s meanwhile\n`
    process.stderr.write(figures)
    // Two cores are shared by the cloud, its functions and this test.
    expect(meanwhile).toBeGreaterThan(alone / 4)
  } finally {
    await close()
  }
})
