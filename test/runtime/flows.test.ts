// Flows: each durable operation is done once, whatever the environments do that run the code.
import { describe, expect, test } from '@jest/globals'
import type { Item } from '../../lib/core/item.ts'
import { CallFailed, FlowCancelled, StepFailed } from '../../lib/index.ts'
import { Bank, sentTo } from './asking.ts'
import { type TripFlow, trial, tripProcess } from './flowing.ts'
import { deliver, deliverAndDie, delivery, died, envelope, isCommit, onCalls } from './memory-host.ts'
import { Ledger, standing } from './processes.ts'

const note = (ctx: TripFlow, text: string): Promise<number> => ctx.update(({ log }) => log.push(text))

describe.each([
  ['in one environment', true],
  ['in a fresh environment each time', false],
])('%s', (_, stays) => {
  test('a flow calls, sleeps, receives and sends, and ends', async () => {
    const { host, tell, answer, fire, log, flows, kept } = trial(
      tripProcess(async (ctx, { n }) => {
        await note(ctx, `begins ${n}`)
        const { pence } = await ctx.call(Bank, 'b').Balance({}, { within: '10s' })
        await ctx.sleep('2 days')
        const paid = await ctx.receive('Paid')
        ctx.send(Ledger, 'l').Add({ by: pence + paid.pence })
        await note(ctx, `ends with ${pence + paid.pence}`)
      }),
      stays,
    )
    await tell('Go', { n: 7 })
    await answer({ ok: true, reply: { pence: 5 } })
    host.advance(10_000)
    await fire()
    await tell('Touch')
    host.advance(2 * 86_400_000)
    await fire()
    await tell('Paid', { pence: 10 })
    expect(log()).toEqual(['begins 7', 'touched', 'ends with 15'])
    expect(sentTo(host, 'mailbox', 'ledger').map(({ body }) => body)).toEqual([{ by: 15 }])
    expect([flows(), kept()]).toEqual([[], []])
  })

  test('a step is done once, and costs one write', async () => {
    let done = 0
    const { host, tell, log } = trial(
      tripProcess(async (ctx) => {
        for (let n = 0; n < 5; n++) await ctx.step(`step ${n}`, () => ++done)
        await note(ctx, `${done} done`)
      }),
      stays,
    )
    await tell('Go')
    expect([done, log()]).toEqual([5, ['5 done']])
    // One for the message, one a step; what was cold is cleared once where effects were left.
    expect(host.calls.writes).toBe(6)
  })

  test('what comes too early waits for the flow that receives it', async () => {
    const { tell, fire, host, log } = trial(
      tripProcess(async (ctx) => {
        await ctx.sleep('1m')
        const { pence } = await ctx.receive('Paid')
        await note(ctx, `paid ${pence}`)
      }),
      stays,
    )
    await tell('Go')
    await tell('Paid', { pence: 3 })
    host.advance(60_000)
    await fire()
    expect(log()).toEqual(['paid 3'])
  })

  test('of a race the first wins, and what comes of the others is nothing', async () => {
    const { host, tell, fire, log, flows } = trial(
      tripProcess(async (ctx) => {
        const first = await ctx.race({ paid: ctx.receive('Paid'), late: ctx.sleep('1h') })
        await note(ctx, first.won === 'paid' ? `paid ${first.value.pence}` : 'late')
        await ctx.sleep('2h')
        await note(ctx, 'over')
      }),
      stays,
    )
    await tell('Go')
    await tell('Paid', { pence: 4 })
    host.advance(3_600_000)
    await fire()
    expect(log()).toEqual(['paid 4'])
    host.advance(3_600_000)
    await fire()
    expect(log()).toEqual(['paid 4', 'over'])
    expect(flows()).toEqual([])
  })

  test('operations side by side come back in the order in which they came first', async () => {
    const order: string[] = []
    const { tell, fire, host, log } = trial(
      tripProcess(async (ctx) => {
        order.length = 0
        const branch = async (name: string, delay: '1s' | '2s' | '3s') => {
          await ctx.sleep(delay)
          order.push(name)
          await note(ctx, name)
          await ctx.sleep('1h')
        }
        await ctx.all([branch('slow', '3s'), branch('fast', '1s'), branch('middle', '2s')])
      }),
      stays,
    )
    await tell('Go')
    for (let n = 0; n < 3; n++) {
      host.advance(1000)
      await fire()
    }
    expect([order, log()]).toEqual([
      ['fast', 'middle', 'slow'],
      ['fast', 'middle', 'slow'],
    ])
  })

  test('a flow that fails undoes what it has done, the latest first, and is kept with its reason', async () => {
    const { host, tell, fire, log, kept } = trial(
      tripProcess(async (ctx) => {
        ctx.compensate(() => void note(ctx, 'undo first'))
        ctx.compensate(async () => {
          await ctx.sleep('1m')
          await note(ctx, 'undo second')
        })
        await ctx.sleep('1m')
        throw new Error('no way')
      }),
      stays,
    )
    await tell('Go')
    for (let n = 0; n < 2; n++) {
      host.advance(60_000)
      await fire()
    }
    expect(log()).toEqual(['undo second', 'undo first'])
    expect(kept()).toEqual(['flow-failed'])
  })

  test('a flow that is cancelled stops where it waits, and undoes what it has done', async () => {
    const { tell, log, flows, kept } = trial(
      tripProcess(async (ctx) => {
        ctx.compensate(() => void note(ctx, 'undone'))
        try {
          await ctx.receive('Paid')
        } catch (error) {
          await note(ctx, error instanceof FlowCancelled ? 'cancelled' : 'failed')
          throw error
        }
      }),
      stays,
    )
    await tell('Go')
    await tell('~cancel', { flow: 'Total' })
    expect(flows()).toHaveLength(1)
    await tell('~cancel')
    expect(log()).toEqual(['cancelled', 'undone'])
    expect([flows(), kept()]).toEqual([[], []])
  })

  test('a step that fails is tried again later, and fails the flow’s await when its tries are used up', async () => {
    let tries = 0
    const { host, tell, fire, log } = trial(
      tripProcess(async (ctx) => {
        try {
          await ctx.step('pay', () => Promise.reject(new Error(`down ${++tries}`)), { retry: { attempts: 3, delay: '10s' } })
        } catch (error) {
          await note(ctx, `${error instanceof StepFailed} ${(error as Error).message}`)
        }
      }),
      stays,
    )
    await tell('Go')
    expect(tries).toBe(1)
    host.advance(10_000)
    await fire()
    expect(tries).toBe(2)
    host.advance(20_000)
    await fire()
    expect(log()).toEqual(['true step-failed: step pay: Error: down 3'])
  })

  test('a call without an answer in time, and one that fails, throw what came', async () => {
    const { host, tell, fire, answer, log } = trial(
      tripProcess(async (ctx) => {
        for (let n = 0; n < 4; n++) {
          try {
            await ctx.call(Bank, 'b').Balance({}, { within: '10s' })
          } catch (error) {
            await note(ctx, error instanceof CallFailed ? error.code : String(error))
          }
        }
      }),
      stays,
    )
    await tell('Go')
    host.advance(10_000)
    await fire()
    await answer({ ok: true, reply: { pence: 1 } })
    await answer({ ok: false, code: 'broke', message: 'no money' })
    await answer({ ok: true, reply: { pence: 'x' } })
    expect(log()).toEqual(['deadline', 'broke', 'invalid-reply'])
  })

  test('many flows run on one instance, between its other messages', async () => {
    const { tell, log } = trial(
      tripProcess(async (ctx, { n }) => {
        const { pence } = await ctx.receive('Paid')
        await note(ctx, `${n} got ${pence}`)
      }),
      stays,
    )
    for (let n = 0; n < 3; n++) await tell('Go', { n })
    for (let pence = 10; pence < 13; pence++) await tell('Paid', { pence })
    await tell('Touch')
    expect(log()).toEqual(['0 got 10', '1 got 11', '2 got 12', 'touched'])
  })

  test('a flow may answer a call', async () => {
    const { host, tell, fire } = trial(
      tripProcess(
        async () => {},
        async (ctx) => {
          await ctx.sleep('1m')
          return { total: 42 }
        },
      ),
      stays,
    )
    await tell('Total', {}, { reply: 'ledger/l' })
    expect(sentTo(host, 'mailbox', 'ledger')).toEqual([])
    host.advance(60_000)
    await fire()
    expect(sentTo(host, 'mailbox', 'ledger')).toMatchObject([
      { type: '~reply', to: 'l', body: { ok: true, reply: { total: 42 } } },
    ])
  })
})

test('a flow that was asked and refuses tells whoever asked, and is not kept as failed', async () => {
  const { host, tell, kept, log } = trial(
    tripProcess(
      async () => {},
      async (ctx) => {
        ctx.compensate(() => void note(ctx, 'undone'))
        await note(ctx, 'begun')
        throw new CallFailed('too-far', 'nobody goes there')
      },
    ),
  )
  await tell('Total', {}, { reply: 'ledger/l' })
  expect(sentTo(host, 'mailbox', 'ledger')).toMatchObject([
    { type: '~reply', body: { ok: false, code: 'too-far', message: expect.stringContaining('nobody goes there') } },
  ])
  expect([kept(), log()]).toEqual([[], ['begun', 'undone']])
})

describe('a message for flows', () => {
  test('goes to its handler where no flow runs, and is kept with the reason where there is none', async () => {
    const { tell, log, kept } = trial(tripProcess(async () => {}))
    await tell('Other')
    await tell('Paid', { pence: 1 })
    expect(log()).toEqual(['other, without a flow'])
    expect(kept()).toEqual(['rejected'])
  })
})

describe('an environment that dies', () => {
  const steps = () => {
    const done: string[] = []
    const process = tripProcess(async (ctx) => {
      for (const name of ['a', 'b', 'c']) await ctx.step(name, () => done.push(name))
      await note(ctx, 'over')
    })
    return { done, ...trial(process) }
  }

  test.each([1, 2, 3, 4])('at commit %d loses no step and repeats at most the one under way', async (at) => {
    const { done, host, log, kept } = steps()
    let commits = 0
    host.hooks.put = (item) => (isCommit(item) && ++commits === at ? died() : undefined)
    const message = delivery(envelope({ to: '1', type: 'Go', body: {} }))
    const { createRuntime } = await import('../../lib/runtime/runtime.ts')
    const process = tripProcess(async (ctx) => {
      for (const name of ['a', 'b', 'c']) await ctx.step(name, () => done.push(name))
      await note(ctx, 'over')
    })
    await deliverAndDie(createRuntime(process, host), host, [message])
    host.hooks.put = undefined
    expect(await deliver(createRuntime(process, host), host, [{ ...message, receiveCount: 2 }])).toEqual([])
    expect(new Set(done)).toEqual(new Set(['a', 'b', 'c']))
    expect(done.length).toBeLessThanOrEqual(4)
    expect(log()).toEqual(['over'])
    expect(kept()).toEqual([])
  })

  test('and whose commit’s answer was lost goes on from what is committed', async () => {
    const { done, host, tell, log } = steps()
    host.hooks.put = onCalls(
      (item: Item) => isCommit(item),
      () => 'answer-lost' as const,
      2,
    )
    expect(await tell('Go', {}, { id: 'shop/1/9/0' })).toBe(1)
    host.hooks.put = undefined
    await tell('Go', {}, { id: 'shop/1/9/0' })
    expect(log()).toEqual(['over'])
    expect(done.length).toBeLessThanOrEqual(4)
  })
})

describe('code that no longer fits the journal', () => {
  const waits = async (ctx: TripFlow): Promise<void> => {
    await ctx.step('receipt', () => 1)
    const { pence } = await ctx.receive('Paid')
    await note(ctx, `paid ${pence}`)
  }
  const other = async (ctx: TripFlow): Promise<void> => void (await ctx.step('invoice', () => 1))
  const paid = { id: 'shop/1/8/0' }

  test.each([
    ['does something else', other, 'does "step invoice"'],
    ['has become shorter', async () => {}, 'comes to its end'],
  ])(
    'parks its instance when it %s, says what the journal has and what the code does, and is redriven once it fits',
    async (_, run, found) => {
      const { host, tell, deploy, log, kept } = trial(tripProcess(waits))
      await tell('Go')
      deploy(tripProcess(run))
      for (let n = 1; n < 5; n++) expect(await tell('Paid', { pence: 1 }, paid)).toBe(1)
      expect(kept()).toEqual([])
      expect(await tell('Paid', { pence: 1 }, paid)).toBe(0)
      expect(kept()).toEqual(['journal-mismatch'])
      expect(standing(host, '1')?.parked).toMatchObject({ id: paid.id, code: 'journal-mismatch' })
      const [reason] = [...host.items.values()].flatMap(({ attributes }) => attributes.reason ?? [])
      expect(reason).toContain('the journal has "step receipt"')
      expect(reason).toContain(found)
      expect(reason).toContain('redrive')
      await tell('Touch')
      expect(log()).toEqual([])
      deploy(tripProcess(waits))
      await tell('~redrive', paid, { id: 'operator', from: undefined } as never)
      expect(log()).toEqual(['paid 1', 'touched'])
      expect(standing(host, '1')).toMatchObject({ parked: undefined, failed: 0 })
    },
  )

  test('parks its instance where it has the flow no more, on a timer too', async () => {
    const sleeps = tripProcess(async (ctx) => {
      await ctx.sleep('10s')
      await note(ctx, 'slept')
    })
    const { host, tell, fire, deploy, log } = trial(sleeps)
    await tell('Go')
    const gone = { ...sleeps, behaviour: { ...sleeps.behaviour, on: { ...sleeps.behaviour.on, Go: () => {} } } }
    deploy(gone)
    host.advance(10_000)
    for (let n = 0; n < 5; n++) await fire()
    const parkedOn = standing(host, '1')?.parked
    expect(parkedOn).toMatchObject({ code: 'journal-mismatch' })
    deploy(sleeps)
    await tell('~redrive', { id: parkedOn?.id }, { id: 'operator', from: undefined } as never)
    expect(log()).toEqual(['slept'])
  })

  test('leaves its messages on the queue where an instance may not stand still, and goes on once it fits', async () => {
    const aside = { onFailure: 'setAside' } as const
    const { host, tell, deploy, log, kept } = trial(tripProcess(waits, undefined, aside))
    await tell('Go')
    deploy(tripProcess(other, undefined, aside))
    for (let n = 0; n < 8; n++) expect(await tell('Paid', { pence: 1 }, paid)).toBe(1)
    expect(kept()).toEqual([])
    expect(JSON.stringify(host.logged.at(-1))).toContain('journal-mismatch')
    deploy(tripProcess(waits, undefined, aside))
    expect(await tell('Paid', { pence: 1 }, paid)).toBe(0)
    expect(log()).toEqual(['paid 1'])
  })

  test('a journal from a newer version waits for the code that reads it', async () => {
    const { host, tell } = trial(tripProcess(async (ctx) => void (await ctx.receive('Paid'))))
    await tell('Go')
    const item = host.items.get('1 record')
    host.items.set('1 record', {
      pk: '1',
      sk: 'record',
      attributes: { ...item?.attributes, flows: String(item?.attributes.flows).replace('"v":1', '"v":2') },
    })
    expect(await tell('Paid', { pence: 1 })).toBe(1)
    expect(JSON.stringify(host.logged.at(-1))).toContain('newer-journal')
  })

  test('awaiting what is not in the journal fails the flow, with the place', async () => {
    const { host, tell, kept } = trial(
      tripProcess(async (ctx) => {
        await note(ctx, 'begins')
        await new Promise((resolve) => setTimeout(resolve, 5))
      }),
    )
    await tell('Go')
    expect(kept()).toEqual(['flow-failed'])
    expect([...host.items.values()].map(({ attributes }) => attributes.reason).join()).toMatch(
      /unjournaled-await.*flows\.test\.ts/,
    )
  })
})

test('a compensation that fails is told beside what failed before it', async () => {
  const { host, tell, kept } = trial(
    tripProcess(async (ctx) => {
      ctx.compensate(() => Promise.reject(new Error('cannot undo')))
      await note(ctx, 'begins')
      throw new Error('no way')
    }),
  )
  await tell('Go')
  expect(kept()).toEqual(['flow-failed'])
  expect([...host.items.values()].map(({ attributes }) => attributes.reason).join()).toMatch(
    /no way.*a compensation failed as well: Error: cannot undo/,
  )
})

test('a message that does not come in time is a deadline', async () => {
  const { host, tell, fire, log } = trial(
    tripProcess(async (ctx) => {
      try {
        await ctx.receive('Paid', { within: '1m' })
      } catch (error) {
        await note(ctx, (error as CallFailed).code)
      }
    }),
  )
  await tell('Go')
  host.advance(60_000)
  await fire()
  expect(log()).toEqual(['deadline'])
})

test('a cancellation that comes with the message before it is heard', async () => {
  const { host, log } = trial(tripProcess(async () => {}))
  const { createRuntime } = await import('../../lib/runtime/runtime.ts')
  const process = tripProcess(async (ctx) => {
    ctx.compensate(() => void note(ctx, 'undone'))
    await ctx.receive('Paid')
  })
  const batch = ['Go', '~cancel'].map((type) => delivery(envelope({ to: '1', type, body: {} })))
  await deliver(createRuntime(process, host), host, batch)
  expect(log()).toEqual(['undone'])
})
