// Rows: what a handler reads is what all before it has written; what it writes leaves with the commit, or not at all.
import { describe, expect, test } from '@jest/globals'
import type { Envelope } from '../../lib/core/envelope.ts'
import { encodeEnvelope } from '../../lib/core/envelope.ts'
import type { Item } from '../../lib/core/item.ts'
import {
  deliver,
  deliverAndDie,
  delivery,
  died,
  envelope,
  keyed,
  type MemoryHost,
  memoryHost,
  onCalls,
  passing,
} from './memory-host.ts'
import { environment, keptReasons, standing, stateOf } from './processes.ts'
import { type Doing, type ShelfContext, shelf } from './rowing.ts'

const put =
  (...pairs: readonly (readonly [key: string, n: number])[]): Doing =>
  (ctx) => {
    for (const [key, n] of pairs) ctx.rows.put(key, { n })
  }
const tell = (given: Partial<Envelope> = {}) => delivery(envelope({ type: 'Do', ...given }))
/** One message, handled by `act` in an environment of its own. */
const run = async (host: MemoryHost, act: Doing): Promise<void> => {
  const returned = await deliver(environment(host, shelf(act)), host, [tell()])
  expect(returned).toEqual([])
}
/** What an environment of its own reads. */
const read = async <T>(host: MemoryHost, act: (...given: Parameters<Doing>) => Promise<T>): Promise<T> => {
  let found: T | undefined
  await run(host, async (ctx, what) => {
    found = await act(ctx, what)
  })
  return found as T
}
const ask = (host: MemoryHost, act: Doing, key = 'ask-1') =>
  environment(host, shelf(act)).call({
    envelope: encodeEnvelope(keyed(key, { type: 'Ask' })),
    deadline: host.clock.now() + 30_000,
  })
const isRow = ({ sk }: Item): boolean => sk.startsWith('row/')
const isRowRead = (_: string, sk: string): boolean => sk.startsWith('row/')
const stored = (host: MemoryHost) =>
  Object.fromEntries(
    [...host.items.values()].flatMap(({ sk, attributes }) =>
      sk.startsWith('row/')
        ? [[sk.slice(4), attributes.value === undefined ? 'deleted' : JSON.parse(attributes.value as string)]]
        : [],
    ),
  )

describe('rows', () => {
  test('are written with the commit and read back by another environment', async () => {
    const host = memoryHost()
    await run(host, put(['a', 1], ['b', 2]))
    expect(stored(host)).toEqual({ a: { n: 1 }, b: { n: 2 } })
    expect(await read(host, async (ctx) => [await ctx.rows.get('a'), await ctx.rows.get('c')])).toEqual([{ n: 1 }, undefined])
    expect(await read(host, (ctx) => ctx.rows.getAll(['c', 'b', 'a', 'b']))).toEqual([undefined, { n: 2 }, { n: 1 }, { n: 2 }])
  })

  test('read what the handler itself has written, and the messages before it in the same commit', async () => {
    const host = memoryHost()
    const found: unknown[] = []
    const runtime = environment(
      host,
      shelf(async (ctx, what) => {
        if (what === 'first') ctx.rows.put('a', { n: 1 })
        else {
          found.push(await ctx.rows.get('a'))
          ctx.rows.delete('a')
          found.push(await ctx.rows.get('a'))
          ctx.rows.put('a', { n: 2 })
          found.push(...(await ctx.rows.getAll(['a', 'b'])), await ctx.rows.range())
        }
      }),
    )
    await deliver(runtime, host, [tell({ body: { what: 'first' } }), tell()])
    expect(found).toEqual([{ n: 1 }, undefined, { n: 2 }, undefined, { rows: [{ key: 'a', value: { n: 2 } }] }])
    expect(stored(host)).toEqual({ a: { n: 2 } })
  })

  test('of a handler that throws are not written, nor read by the next', async () => {
    const host = memoryHost()
    const found: unknown[] = []
    const runtime = environment(
      host,
      shelf(async (ctx, what) => {
        if (what === 'fails') {
          ctx.rows.put('a', { n: 1 })
          throw new Error('no')
        }
        found.push(await ctx.rows.get('a'))
      }),
    )
    const fails = [tell({ body: { what: 'fails' } }), tell({ to: '43' })]
    expect(await deliver(runtime, host, fails)).toHaveLength(1)
    await deliver(runtime, host, [tell()])
    expect([found, stored(host)]).toEqual([[undefined, undefined], {}])
  })

  test('that a handler changes after it has put or read them do not change', async () => {
    const host = memoryHost()
    const row = { n: 1 }
    const found = await read(host, async (ctx) => {
      ctx.rows.put('a', row)
      row.n = 2
      const mine = (await ctx.rows.get('a')) as { n: number }
      mine.n = 3
      return ctx.rows.get('a')
    })
    expect([found, stored(host)]).toEqual([{ n: 1 }, { a: { n: 1 } }])
  })

  test('are written by whoever finds the record, if the environment that committed them has died', async () => {
    const host = memoryHost()
    host.hooks.put = onCalls(isRow, died, 2)
    await deliverAndDie(environment(host, shelf(put(['a', 1], ['b', 2]))), host, [tell()])
    expect([stored(host), stateOf(host)]).toEqual([{}, { done: 1 }])
    expect(await read(host, (ctx) => ctx.rows.getAll(['a', 'b']))).toEqual([{ n: 1 }, { n: 2 }])
  })

  test('that a direct call writes are written, though it leaves nothing else', async () => {
    const host = memoryHost()
    await run(host, put(['a', 1]))
    expect(await ask(host, put(['a', 2]))).toEqual({ ok: true, reply: { of: undefined } })
    expect(stored(host)).toEqual({ a: { n: 2 } })
  })

  test('are not overwritten or brought back by a write of an earlier commit that comes late', async () => {
    const host = memoryHost()
    const late: (() => void)[] = []
    host.hooks.put = onCalls(isRow, () => new Promise((resolve) => late.push(() => resolve(undefined))), 2)
    await deliverAndDie(environment(host, shelf(put(['a', 1], ['b', 1]))), host, [tell()])
    await run(host, (ctx) => {
      ctx.rows.put('a', { n: 2 })
      ctx.rows.delete('b')
    })
    for (const arrive of late) arrive()
    await new Promise(setImmediate)
    expect(stored(host)).toEqual({ a: { n: 2 }, b: 'deleted' })
  })

  test('that are deleted leave a tombstone for a day', async () => {
    const host = memoryHost()
    await run(host, put(['a', 1]))
    await run(host, (ctx) => ctx.rows.delete('a'))
    const expires = Number(host.items.get('42 row/a')?.attributes.expires)
    expect(expires * 1000 - host.clock.now()).toBe(24 * 3600 * 1000)
  })
})

describe('a row that is newer than the record', () => {
  /** As `run`, and time stands still. */
  const arrives = async (host: MemoryHost, act: Doing): Promise<void> => {
    const deadline = host.clock.now() + 30_000
    const { returned } = await environment(host, shelf(act)).receive({ deliveries: [tell()], deadline })
    expect(returned).toEqual([])
  }
  /** Another environment commits while this one's handler is about to read. */
  const meanwhile = (host: MemoryHost, act: Doing) => {
    let done = false
    return async () => {
      if (done) return
      done = true
      await arrives(host, act)
    }
  }

  test('makes a handler run again on the newest record, whatever it makes of it', async () => {
    const host = memoryHost()
    await run(host, put(['a', 1], ['b', 1]))
    const other = meanwhile(host, put(['a', 2], ['b', 2]))
    const found: unknown[] = []
    await arrives(host, async (ctx) => {
      const a = await ctx.rows.get('a')
      await other()
      const b = await ctx.rows.get('b').catch(() => 'caught')
      found.push([a, b])
      if (b === 'caught') throw new Error('a handler may make of it what it likes')
    })
    expect(found).toEqual([
      [{ n: 1 }, 'caught'],
      [{ n: 2 }, { n: 2 }],
    ])
    expect([stateOf(host), standing(host)?.attempts.size]).toEqual([{ done: 3 }, 0])
  })

  test('makes a direct call read anew, so that its answer is of one moment', async () => {
    const host = memoryHost()
    await run(host, put(['a', 1], ['b', 1]))
    const looks: readonly ((ctx: ShelfContext) => Promise<number | undefined>)[] = [
      async (ctx) => (await ctx.rows.get('b'))?.n,
      async (ctx) => (await ctx.rows.getAll(['b']))[0]?.n,
      async (ctx) => (await ctx.rows.range({ prefix: 'b' })).rows[0]?.value.n,
    ]
    for (const [n, look] of looks.entries()) {
      const next = n + 2
      const other = meanwhile(host, put(['a', next], ['b', next]))
      const answer = await ask(
        host,
        async (ctx) => {
          const a = (await ctx.rows.get('a'))?.n
          await other()
          return [a, await look(ctx)]
        },
        `ask-${n}`,
      )
      expect(answer).toEqual({ ok: true, reply: { of: [next, next] } })
    }
  })

  test('by a tombstone as well', async () => {
    const host = memoryHost()
    await run(host, put(['a', 1], ['b', 1]))
    const other = meanwhile(host, (ctx) => {
      ctx.rows.delete('a')
      ctx.rows.delete('b')
    })
    const answer = await ask(host, async (ctx) => {
      const a = await ctx.rows.get('a')
      await other()
      return [a, (await ctx.rows.range()).rows.length]
    })
    expect(answer).toEqual({ ok: true, reply: { of: [null, 0] } })
  })

  test('is given up after a bounded number of times, and the message comes again', async () => {
    const host = memoryHost()
    await run(host, put(['a', 1]))
    host.items.set('42 row/a', { pk: '42', sk: 'row/a', attributes: { version: Number.MAX_SAFE_INTEGER, value: '{"n":1}' } })
    let runs = 0
    const looks: Doing = (ctx) => {
      runs += 1
      return ctx.rows.get('a')
    }
    expect(await deliver(environment(host, shelf(looks)), host, [tell()])).toHaveLength(1)
    expect([runs, keptReasons(host)]).toEqual([9, []])
    await expect(ask(host, looks)).rejects.toThrow('too-many-conflicts')
  })
})

describe('a range', () => {
  const keys = ['a', 'a/1', 'a/10', 'a/2', 'b', '\uff5e', '😀']
  const filled = async (): Promise<MemoryHost> => {
    const host = memoryHost()
    await run(host, put(...keys.map((key, n) => [key, n] as const)))
    return host
  }
  const keysOf = ({ rows }: { readonly rows: readonly { readonly key: string }[] }) => rows.map(({ key }) => key)

  test('brings rows by prefix, from a key to before another, in either direction', async () => {
    const host = await filled()
    const found = await read(host, async (ctx) =>
      Promise.all(
        [
          {},
          { prefix: 'a/' },
          { from: 'a/10', to: 'b' },
          { prefix: 'a/', reverse: true },
          { from: 'b', to: 'a' },
          { prefix: '😀' },
        ].map(async (query) => keysOf(await ctx.rows.range(query))),
      ),
    )
    expect(found).toEqual([keys, ['a/1', 'a/10', 'a/2'], ['a/10', 'a/2'], ['a/2', 'a/10', 'a/1'], [], ['😀']])
  })

  test('asks for no rows where it ends before it begins: DynamoDB refuses to be asked so', async () => {
    const host = await filled()
    const before = host.calls.ranges
    await read(host, (ctx) => ctx.rows.range({ from: 'b', to: 'a' }))
    await read(host, (ctx) => ctx.rows.range({ prefix: 'a', from: 'b' }))
    expect(host.calls.ranges).toBe(before)
  })

  test('lays what is written in the same commit over what is stored', async () => {
    const host = await filled()
    const found = await read(host, async (ctx) => {
      ctx.rows.put('0', { n: 0 })
      ctx.rows.put('a/11', { n: 11 })
      ctx.rows.put('b', { n: 99 })
      ctx.rows.delete('a/1')
      ctx.rows.delete('nothing')
      ctx.rows.put('~', { n: 7 })
      const { rows } = await ctx.rows.range({ to: '~~' })
      const { rows: back } = await ctx.rows.range({ to: '~~', reverse: true })
      return [rows.map(({ key, value }) => `${key} ${value.n}`), keysOf({ rows: back }).toReversed()]
    })
    expect(found[0]).toEqual(['0 0', 'a 0', 'a/10 2', 'a/11 11', 'a/2 3', 'b 99', '~ 7'])
    expect(found[1]).toEqual(['0', 'a', 'a/10', 'a/11', 'a/2', 'b', '~'])
  })

  test('goes on at its cursor, in either direction, until there is none', async () => {
    const host = await filled()
    for (const reverse of [false, true]) {
      const pages = await read(host, async (ctx) => {
        ctx.rows.put('a/3', { n: 3 })
        const found: (readonly string[])[] = []
        let cursor: string | undefined
        do {
          const page = await ctx.rows.range({ limit: 3, reverse, ...(cursor !== undefined && { cursor }) })
          found.push(keysOf(page))
          cursor = page.cursor
        } while (cursor !== undefined)
        return found
      })
      const all = ['a', 'a/1', 'a/10', 'a/2', 'a/3', 'b', '\uff5e', '😀']
      expect(pages.flat()).toEqual(reverse ? all.toReversed() : all)
      expect(pages).toHaveLength(3)
    }
  })

  test('refuses the cursor of another query, and what is none', async () => {
    const host = await filled()
    const refused = await read(host, async (ctx) => {
      const { cursor = '' } = await ctx.rows.range({ prefix: 'a', limit: 1 })
      const others = [
        { prefix: 'b', cursor },
        { cursor },
        { prefix: 'a', reverse: true, cursor },
        { prefix: 'a', cursor: 'x' },
        { prefix: 'a', cursor: '' },
      ]
      return Promise.all(others.map((query) => ctx.rows.range(query).then(keysOf, (error: { code: string }) => error.code)))
    })
    expect(refused).toEqual(['cursor', 'cursor', 'cursor', 'cursor', 'cursor'])
  })

  test('ends where its rows become long, with a cursor', async () => {
    const host = memoryHost()
    const text = 'x'.repeat(250_000)
    for (const half of [0, 1])
      await run(host, (ctx) => {
        for (let n = 0; n < 10; n++) ctx.rows.put(`${half}${n}`, { n, text })
      })
    const pages = await read(host, async (ctx) => {
      const first = await ctx.rows.range()
      return [first, await ctx.rows.range({ ...(first.cursor !== undefined && { cursor: first.cursor }) })].map(
        ({ rows }) => rows.length,
      )
    })
    expect(pages).toEqual([16, 4])
  })
})

describe('what cannot be a row is refused at once', () => {
  test.each<[string, string, Doing]>([
    ['an empty key', 'illegal-row-key', (ctx) => ctx.rows.put('', { n: 1 })],
    ['a key over 512 characters', 'illegal-row-key', (ctx) => ctx.rows.get('x'.repeat(513))],
    ['a key over 1,000 bytes', 'illegal-row-key', (ctx) => ctx.rows.delete('€'.repeat(400))],
    ['half a surrogate pair', 'illegal-row-key', (ctx) => ctx.rows.getAll(['\ud83d'])],
    ['a value that its schema refuses', 'invalid-value', (ctx) => ctx.rows.put('a', { n: 'one' } as never)],
    ['no value', 'invalid-value', (ctx) => ctx.rows.put('a', undefined as never)],
    ['a value over 300,000 bytes', 'row-too-large', (ctx) => ctx.rows.put('a', { n: 1, text: 'x'.repeat(300_000) })],
    ['a range of none', 'illegal-limit', (ctx) => ctx.rows.range({ limit: 0 })],
    ['a range of too many', 'illegal-limit', (ctx) => ctx.rows.range({ limit: 1001 })],
    ['more than 1,000 at once', 'too-many-rows', (ctx) => ctx.rows.getAll(Array.from({ length: 1001 }, (_, n) => `${n}`))],
    [
      'more than 1,000 writes of one handler',
      'too-much-sent',
      (ctx) => put(...Array.from({ length: 1001 }, (_, n) => [`${n}`, n] as const))(ctx, undefined),
    ],
  ])('%s: %s', async (_, code, act) => {
    const host = memoryHost()
    let thrown: unknown
    await run(host, async (ctx, what) => {
      try {
        await act(ctx, what)
      } catch (error) {
        thrown = error
      }
    })
    expect(thrown).toMatchObject({ code })
  })

  test('a handler that lets it through fails for good, and nothing is written', async () => {
    const host = memoryHost()
    await run(host, (ctx) => {
      ctx.rows.put('a', { n: 1 })
      ctx.rows.put('', { n: 1 })
    })
    expect([keptReasons(host), stored(host)]).toEqual([['rejected'], {}])
  })

  test('a row that this code cannot read waits for the code that can', async () => {
    const host = memoryHost()
    await run(host, put(['a', 1]))
    const { attributes } = host.items.get('42 row/a') ?? { attributes: {} }
    for (const broken of [{ value: '{"m":1}' }, { schema: 2 }]) {
      host.items.set('42 row/a', { pk: '42', sk: 'row/a', attributes: { ...attributes, ...broken } })
      expect(
        await deliver(
          environment(
            host,
            shelf((ctx) => ctx.rows.get('a')),
          ),
          host,
          [tell()],
        ),
      ).toHaveLength(1)
    }
    expect([keptReasons(host), standing(host)?.attempts.size]).toEqual([[], 0])
  })
})

describe('an instance that ends', () => {
  const sweeps = (host: MemoryHost) =>
    host.sent.flatMap(({ entry }) => JSON.parse(entry.body) as Envelope).filter(({ type }) => type === '~sweep')
  const end = async (host: MemoryHost): Promise<void> => {
    await deliver(
      environment(
        host,
        shelf(() => {}),
      ),
      host,
      [delivery(envelope({ type: 'End' }))],
    )
  }

  test('has no rows any more when it begins anew, whether or not they were swept', async () => {
    const host = memoryHost()
    await run(host, put(['a', 1], ['b', 1]))
    await end(host)
    const look: Doing = async (ctx) => [await ctx.rows.get('a'), await ctx.rows.getAll(['a']), (await ctx.rows.range()).rows]
    expect(await read(host, async (ctx, what) => look(ctx, what))).toEqual([undefined, [undefined], []])
    await run(host, put(['b', 2]))
    expect(await read(host, async (ctx) => (await ctx.rows.range()).rows)).toEqual([{ key: 'b', value: { n: 2 } }])
    await deliver(
      environment(
        host,
        shelf(() => {}),
      ),
      host,
      sweeps(host).map((one) => delivery(one)),
    )
    expect(stored(host)).toEqual({ a: 'deleted', b: { n: 2 } })
    expect(await read(host, async (ctx) => (await ctx.rows.range()).rows)).toEqual([{ key: 'b', value: { n: 2 } }])
  })

  test('and begins anew in the same commit keeps what it wrote since', async () => {
    const host = memoryHost()
    await run(host, put(['a', 1]))
    const found: unknown[] = []
    const runtime = environment(
      host,
      shelf(async (ctx) => {
        found.push(await ctx.rows.get('a'), await ctx.rows.get('b'), (await ctx.rows.range()).rows.length)
        ctx.rows.put('b', { n: 2 })
      }),
    )
    await deliver(runtime, host, [delivery(envelope({ type: 'End' })), tell()])
    expect(found).toEqual([undefined, undefined, 0])
    expect(await read(host, async (ctx) => [await ctx.rows.get('a'), await ctx.rows.get('b')])).toEqual([undefined, { n: 2 }])
  })

  test('is swept a part at a time, each by a message that goes on behind it', async () => {
    const host = memoryHost()
    await run(host, put(...Array.from({ length: 600 }, (_, n) => [`${n}`, n] as const)))
    await end(host)
    let messages = 0
    for (;;) {
      const [next] = sweeps(host).slice(messages)
      if (next === undefined) break
      messages += 1
      await deliver(
        environment(
          host,
          shelf(() => {}),
        ),
        host,
        [delivery(next)],
      )
    }
    expect([messages, Object.values(stored(host)).filter((row) => row !== 'deleted')]).toEqual([3, []])
  })

  test('without rows sweeps nothing', async () => {
    const host = memoryHost()
    await deliver(environment(host), host, [delivery(envelope()), delivery(envelope({ type: 'End' }))])
    expect(host.sent).toEqual([])
  })
})

test('trouble of the table that a read meets burns no attempt', async () => {
  const host = memoryHost()
  await run(host, put(['a', 1]))
  host.hooks.get = onCalls(isRowRead, passing)
  const message = tell()
  const runtime = environment(
    host,
    shelf((ctx) => ctx.rows.get('a')),
  )
  expect(await deliver(runtime, host, [message])).toEqual([message])
  expect(standing(host)?.attempts.size).toBe(0)
})

test('a read that nobody awaits, and that fails, ends nothing', async () => {
  const host = memoryHost()
  await run(host, put(['a', 1]))
  host.hooks.get = onCalls(isRowRead, passing)
  await run(host, (ctx) => void ctx.rows.get('a'))
  expect(stateOf(host)).toEqual({ done: 2 })
})

describe('what rows cost', () => {
  const cost = async (host: MemoryHost, work: () => Promise<unknown>) => {
    const before = { ...host.calls }
    await work()
    const { reads, ranges, writes } = host.calls
    return { reads: reads - before.reads, ranges: ranges - before.ranges, writes: writes - before.writes }
  }
  const warm = async (act: Doing) => {
    const host = memoryHost()
    let acting: Doing = put(['a', 1], ['b', 2])
    const runtime = environment(
      host,
      shelf((ctx, what) => acting(ctx, what)),
    )
    await deliver(runtime, host, [tell()])
    acting = act
    return cost(host, () => deliver(runtime, host, [tell()]))
  }

  test.each<[string, Doing, { readonly reads: number; readonly ranges: number; readonly writes: number }]>([
    ['nothing where none is used', () => {}, { reads: 0, ranges: 0, writes: 1 }],
    ['a read: one', (ctx) => ctx.rows.get('a'), { reads: 1, ranges: 0, writes: 1 }],
    [
      'a row that the handler wrote: no read',
      async (ctx) => {
        ctx.rows.put('a', { n: 2 })
        await ctx.rows.get('a')
      },
      { reads: 0, ranges: 0, writes: 2 },
    ],
    ['two writes of a key: one', (ctx) => put(['a', 2], ['a', 3])(ctx, undefined), { reads: 0, ranges: 0, writes: 2 }],
    ['three rows: three writes', (ctx) => put(['a', 2], ['b', 3], ['c', 4])(ctx, undefined), { reads: 0, ranges: 0, writes: 4 }],
    ['a deletion: one write', (ctx) => ctx.rows.delete('a'), { reads: 0, ranges: 0, writes: 2 }],
    ['a range: one query', (ctx) => ctx.rows.range(), { reads: 0, ranges: 1, writes: 1 }],
  ])('on a current hit, %s', async (_, act, expected) => {
    expect(await warm(act)).toEqual(expected)
  })

  test('a direct call that only reads rows: the record and the rows, and no write', async () => {
    const host = memoryHost()
    await run(host, put(['a', 1]))
    expect(await cost(host, () => ask(host, (ctx) => ctx.rows.get('a')))).toEqual({ reads: 2, ranges: 0, writes: 0 })
    expect(await cost(host, () => ask(host, (ctx) => ctx.rows.range(), 'ask-2'))).toEqual({ reads: 1, ranges: 1, writes: 0 })
  })

  test('and so from a record in the cache, which is only compared with the newest', async () => {
    const host = memoryHost()
    const runtime = environment(
      host,
      shelf((ctx, what) => (what === 'look' ? ctx.rows.get('a') : ctx.rows.put('a', { n: 1 }))),
    )
    await deliver(runtime, host, [tell()])
    const look = () =>
      runtime.call({
        envelope: encodeEnvelope(keyed('look', { type: 'Ask', body: { what: 'look' } })),
        deadline: host.clock.now() + 30_000,
      })
    expect(await cost(host, look)).toEqual({ reads: 2, ranges: 0, writes: 0 })
  })

  test('an instance that has never been: nothing is read', async () => {
    const host = memoryHost()
    expect(await cost(host, () => run(host, (ctx) => ctx.rows.range()))).toEqual({ reads: 1, ranges: 0, writes: 1 })
  })
})
