// Records too long for an item: paged, read back, and tidied up (I8).
import { describe, expect, test } from '@jest/globals'
import { itemBytesMax } from '../../lib/core/limits.ts'
import { itemBytes } from '../../lib/sim/table.ts'
import {
  deliver,
  deliverAndDie,
  delivery,
  died,
  envelope,
  isCommit,
  type MemoryHost,
  memoryHost,
  onCalls,
} from './memory-host.ts'
import { type Add, type CounterContext, counter, environment, keptReasons, Ledger, mailed, stateOf } from './processes.ts'

const long =
  (length: number) =>
  (ctx: CounterContext): void => {
    ctx.state.text = String(ctx.state.count % 10).repeat(length)
  }
const both: Add = (ctx) => {
  long(500_000)(ctx)
  ctx.send(Ledger, 'x').Add({ text: 'y'.repeat(900_000) })
}
const pages = (host: MemoryHost) => [...host.items.values()].filter(({ sk }) => sk.startsWith('page/')).map(({ sk }) => sk)
/** The sum that a fresh environment reads; it sends nothing. */
const readBack = async (host: MemoryHost) => {
  let state: { readonly count: number; readonly text?: string | undefined } | undefined
  const process = counter((ctx) => {
    state = structuredClone(ctx.state)
    throw new Error('only looking')
  })
  await deliver(environment(host, process), host, [delivery(envelope({ body: { by: 0 } }))])
  return state && { count: state.count, length: state.text?.length ?? 0 }
}

describe('a record that is too long', () => {
  test('has a state over 120 kB on pages, and is read back', async () => {
    const host = memoryHost()
    await deliver(environment(host, counter(long(2_000_000))), host, [delivery(envelope())])
    expect(pages(host)).toHaveLength(6)
    expect(await readBack(host)).toEqual({ count: 1, length: 2_000_000 })
  })

  test('has its old pages removed by the next commit', async () => {
    const host = memoryHost()
    const runtime = environment(host, counter(long(800_000)))
    for (let n = 0; n < 4; n++) await deliver(runtime, host, [delivery(envelope())])
    expect(pages(host)).toHaveLength(3)
    await deliver(environment(host, counter(long(10))), host, [delivery(envelope())])
    expect(pages(host)).toEqual([])
    expect(await readBack(host)).toEqual({ count: 5, length: 10 })
  })

  test('keeps the pages of a state that did not change', async () => {
    const host = memoryHost()
    await deliver(environment(host, counter(long(800_000))), host, [delivery(envelope())])
    const before = pages(host)
    const idle = counter((ctx) => {
      ctx.state.count -= 1
    })
    const runtime = environment(host, idle)
    await deliver(runtime, host, [delivery(envelope()), delivery(envelope())])
    await deliver(runtime, host, [delivery(envelope())])
    expect(pages(host)).toEqual(before)
    expect(await readBack(host)).toEqual({ count: 1, length: 800_000 })
  })

  test('with both state and effects on pages is read back and recovered', async () => {
    const host = memoryHost()
    const one = delivery(envelope())
    host.hooks.send = onCalls(() => true, died)
    await deliverAndDie(environment(host, counter(both)), host, [one])
    expect(pages(host).length).toBeGreaterThan(3)
    expect(await readBack(host)).toEqual({ count: 1, length: 500_000 })
    expect(mailed(host)).toHaveLength(1)
  })

  test('leaves no pages of effects that are done, warm or cold', async () => {
    const host = memoryHost()
    const process = counter((ctx) => ctx.send(Ledger, 'x').Add({ text: 'y'.repeat(900_000) }))
    const runtime = environment(host, process)
    await deliver(runtime, host, [delivery(envelope())])
    expect(pages(host)).toEqual([])
    await deliver(runtime, host, [delivery(envelope())])
    await deliver(runtime, host, [delivery(envelope())])
    expect(pages(host)).toHaveLength(3)
    await deliver(environment(host), host, [delivery(envelope())])
    expect(pages(host)).toEqual([])
  })

  test('of two that race for a version: they do not meet on pages, and the loser’s are removed', async () => {
    const host = memoryHost()
    const rival = environment(
      host,
      counter((ctx) => {
        ctx.state.text = 'r'.repeat(700_000)
      }),
    )
    await deliver(environment(host, counter(long(700_000))), host, [delivery(envelope())])
    host.hooks.put = onCalls(isCommit, async () => {
      await deliver(rival, host, [delivery(envelope({ body: { by: 10 } }))])
      return undefined
    })
    const loser = counter((ctx) => {
      ctx.state.text = `${ctx.state.text}+`
    })
    await deliver(environment(host, loser), host, [delivery(envelope({ body: { by: 100 } }))])
    expect(await readBack(host)).toEqual({ count: 111, length: 700_001 })
    expect(pages(host)).toHaveLength(3)
  })

  test('whose writer dies after its pages and before its commit stands as it was', async () => {
    const host = memoryHost()
    await deliver(environment(host, counter(long(700_000))), host, [delivery(envelope())])
    host.hooks.put = onCalls(isCommit, died)
    await deliverAndDie(environment(host, counter(long(900_000))), host, [delivery(envelope())])
    expect(await readBack(host)).toEqual({ count: 1, length: 700_000 })
  })

  test('is read again when its pages are replaced while it is read', async () => {
    const host = memoryHost()
    const writer = environment(host, counter(long(700_000)))
    await deliver(writer, host, [delivery(envelope())])
    const { store } = host
    let reads = 0
    const slow = {
      ...host,
      store: {
        ...store,
        get: async (pk: string, sk: string) => {
          const item = await store.get(pk, sk)
          if (reads++ === 0) await deliver(writer, host, [delivery(envelope())])
          return item
        },
      },
    }
    expect(await deliver(environment(slow), host, [delivery(envelope())])).toEqual([])
    expect(await readBack(host)).toEqual({ count: 3, length: 700_000 })
    expect(reads).toBe(2)
  })

  test('never writes an item over 400 kB, whatever a batch brings', async () => {
    const host = memoryHost()
    let largest = 0
    host.hooks.put = (item) => {
      largest = Math.max(largest, itemBytes(item))
      return undefined
    }
    const bundle = () => delivery(Array.from({ length: 3000 }, () => envelope()))
    expect(await deliver(environment(host), host, Array.from({ length: 10 }, bundle), 600)).toEqual([])
    expect(await readBack(host)).toEqual({ count: 30_000, length: 0 })
    expect(largest).toBeLessThanOrEqual(itemBytesMax)
  }, 60_000)
})

describe('what is too large is refused with a reason that says what to do', () => {
  const refusal = async (add: Add) => {
    const host = memoryHost()
    await deliver(environment(host, counter(add)), host, [delivery(envelope())])
    const [error] = host.sent.map(({ entry }) => entry.attributes?.error)
    return [keptReasons(host), error]
  }

  test('a state over 4 MB', async () => {
    expect(await refusal(long(4_000_000))).toEqual([['rejected'], expect.stringMatching(/state-too-large.*4000000.*split it/)])
  })

  test('a body over what a queue message takes', async () => {
    const tooLong = expect.stringMatching(/message-too-large: the body of ledger.Add has .*send a reference/)
    expect(await refusal((ctx) => ctx.send(Ledger, 'x').Add({ text: 'é'.repeat(530_000) }))).toEqual([['rejected'], tooLong])
  })

  test('more messages than one commit can hold, and the try leaves no trace', async () => {
    const flood = counter(
      (ctx) => {
        for (let n = 0; n < 200_000; n++) ctx.send(Ledger, 'x').Add({})
      },
      { onFailure: 'setAside' },
    )
    const host = memoryHost()
    const batch = [delivery(envelope()), delivery(envelope())]
    await deliver(environment(host, flood), host, batch)
    expect([stateOf(host), mailed(host)]).toEqual([undefined, []])
    expect(keptReasons(host)).toEqual(['rejected', 'rejected'])
  }, 60_000)

  test('bodies that are over 8 MB together', async () => {
    const tooMuch = expect.stringMatching(/too-much-sent.*spread it/)
    expect(
      await refusal((ctx) => {
        for (let n = 0; n < 9; n++) ctx.send(Ledger, `${n}`).Add({ text: 'x'.repeat(1_000_000) })
      }),
    ).toEqual([['rejected'], tooMuch])
  })
})
