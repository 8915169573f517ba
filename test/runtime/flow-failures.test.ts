// What becomes of a flow where what it waits for fails for good, where its function dies over it, and where its code cannot go on.
import { describe, expect, test } from '@jest/globals'
import type { Item } from '../../lib/core/item.ts'
import { CallFailed, type StepFailed } from '../../lib/index.ts'
import { createRuntime } from '../../lib/runtime/runtime.ts'
import { Bank, sentTo } from './asking.ts'
import { type Trial, type TripFlow, trial, tripProcess } from './flowing.ts'
import { deliverAndDie, delivery, died, envelope, isCommit, onCalls, passing } from './memory-host.ts'
import { standing } from './processes.ts'

const note = (ctx: TripFlow, text: string): Promise<number> => ctx.update(({ log }) => log.push(text))
const told = (error: unknown): string => (error instanceof CallFailed ? error.code : `not told: ${String(error)}`)
const aside = { onFailure: 'setAside' } as const
const operator = { id: 'operator', from: undefined } as never

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}
/** The same record, as somebody's next commit. */
const overtaking = ({ attributes, ...item }: Item): Item => ({
  ...item,
  attributes: { ...attributes, version: Number(attributes.version) + 1, nonce: `another-${String(attributes.version)}` },
})

/** What is listed at the first instance. */
const listed = ({ host }: Trial) => {
  const { timers, calls } = standing(host, '1')?.waits ?? {}
  return [...(timers?.keys() ?? []), ...(calls?.keys() ?? [])]
}
const timerOf = ({ host }: Trial) => sentTo(host, 'timer', 'trip').at(-1)

let dying = false
/** The function of a flow ends where its code calls this, as one that runs out of memory does. */
const ends = (): void => {
  dying = true
}

/** Delivers a message again and again, and each time the function may die of it. */
const dies = async ({ host }: Trial, process: Parameters<typeof createRuntime>[0], message: object, times = 7): Promise<void> => {
  const one = delivery(message as never)
  const { turn } = host
  const turning: Pick<typeof host, 'turn'> = {
    turn: async () => {
      await turn()
      if (dying) await died()
    },
  }
  Object.assign(host, turning)
  for (let receiveCount = 1; receiveCount <= times; receiveCount++) {
    await deliverAndDie(createRuntime(process, host), host, [{ ...one, receiveCount }])
    dying = false
    host.advance(6 * 60_000)
  }
}

describe('where an instance goes on without what failed for good', () => {
  const waiting = (deadly: () => boolean) =>
    tripProcess(
      async (ctx) => {
        try {
          await ctx.sleep('1m')
          if (deadly()) ends()
        } catch (error) {
          return void (await note(ctx, told(error)))
        }
        await note(ctx, 'slept')
      },
      undefined,
      aside,
    )

  test('the flow that waited for a timer learns it as the error of that operation, and goes on', async () => {
    const process = waiting(() => true)
    const world = trial(process)
    await world.tell('Go')
    world.host.advance(60_000)
    await dies(world, process, timerOf(world) ?? {})
    expect(world.log()).toEqual(['handler-died'])
    expect(world.kept()).toEqual(['handler-died'])
    expect([world.flows(), listed(world)]).toEqual([[], []])
  })

  test('one that waited for an answer learns it, and its deadline does not come any more', async () => {
    const process = tripProcess(
      async (ctx) => {
        try {
          await ctx.call(Bank, 'b').Balance({}, { within: '1h' })
          ends()
        } catch (error) {
          await note(ctx, told(error))
        }
        await ctx.sleep('1m')
      },
      undefined,
      aside,
    )
    const world = trial(process)
    await world.tell('Go')
    const [request] = sentTo(world.host, 'mailbox', 'bank')
    const body = { call: request?.id, ok: true, reply: { pence: 1 } }
    await dies(world, process, envelope({ to: '1', type: '~reply', from: 'bank/b', body }))
    expect(world.log()).toEqual(['handler-died'])
    expect(listed(world)).toEqual([expect.stringContaining('/2')])
  })

  test('what a flow was told of cannot be redriven, and its own replay is told the same', async () => {
    let deadly = true
    const process = waiting(() => deadly)
    const world = trial(process)
    await world.tell('Go')
    world.host.advance(60_000)
    const timer = timerOf(world)
    await dies(world, process, timer ?? {})
    deadly = false
    await world.tell('~redrive', { id: timer?.id }, operator)
    expect(world.log()).toEqual(['handler-died'])
    expect(standing(world.host, '1')).toMatchObject({ failed: 1, stash: { first: 0, next: 0 } })
  })
})

describe('where an instance stands still on what a flow waits for', () => {
  const sleeper = tripProcess(async (ctx) => {
    try {
      await ctx.sleep('1m')
    } catch (error) {
      return void (await note(ctx, `${told(error)}: ${(error as Error).message}`))
    }
    await note(ctx, 'slept')
  })
  const stopped = async () => {
    const world = trial(sleeper)
    await world.tell('Go')
    world.deploy(tripProcess(async (ctx) => void (await ctx.step('invoice', () => 1))))
    world.host.advance(60_000)
    for (let n = 0; n < 5; n++) await world.fire()
    expect(standing(world.host, '1')?.parked).toMatchObject({ code: 'journal-mismatch' })
    await world.tell('Touch')
    return { ...world, id: timerOf(world)?.id }
  }

  test('a discard tells the flow, which goes on with code that fits again', async () => {
    const world = await stopped()
    world.deploy(sleeper)
    await world.tell('~discard', { id: world.id, why: 'too late' }, operator)
    expect(world.log()).toEqual(['touched', expect.stringMatching(/^discarded: .*journal-mismatch.*: too late$/)])
    expect([world.flows(), listed(world)]).toEqual([[], []])
  })

  test('a discard gives up a flow that its code does not fit, keeps it as failed, and the instance goes on', async () => {
    const world = await stopped()
    await world.tell('~discard', { id: world.id, why: 'of no use' }, operator)
    expect(world.log()).toEqual(['touched'])
    expect([world.flows(), listed(world)]).toEqual([[], []])
    expect(world.kept()).toContain('flow-failed')
    const reasons = [...world.host.items.values()].flatMap(({ attributes }) => attributes.reason ?? [])
    expect(reasons).toContainEqual(expect.stringContaining('What it did stands'))
    expect(standing(world.host, '1')?.parked).toBeUndefined()
  })

  test('so does one whose code has the flow no more, on a message that it was to receive', async () => {
    const receives = tripProcess(async (ctx) => void (await ctx.receive('Paid')))
    const world = trial(receives)
    await world.tell('Go')
    const gone = { ...receives, behaviour: { ...receives.behaviour, on: { ...receives.behaviour.on, Go: () => {} } } }
    world.deploy(gone)
    const paid = { id: 'shop/1/8/0' }
    for (let n = 0; n < 5; n++) await world.tell('Paid', { pence: 1 }, paid)
    expect(standing(world.host, '1')?.parked).toMatchObject({ id: paid.id })
    await world.tell('~discard', paid, operator)
    expect(world.flows()).toEqual([])
    expect(standing(world.host, '1')?.parked).toBeUndefined()
  })
})

describe('a flow with steps to do', () => {
  const steps = async (ctx: TripFlow): Promise<void> => {
    try {
      await note(ctx, `receipt ${await ctx.step('receipt', () => 7)}`)
    } catch (error) {
      await note(ctx, (error as CallFailed).code)
    }
  }
  const hasResult = ({ attributes }: Item): boolean => String(attributes.flows).includes('"events":[{')

  test('loses no try to a table that fails, or to a lost write', async () => {
    const world = trial(
      tripProcess(async (ctx) => {
        await steps(ctx)
        await ctx.sleep('1h')
      }),
    )
    world.host.hooks.put = (item) => (isCommit(item) && hasResult(item) ? passing() : undefined)
    for (let n = 0; n < 12; n++) {
      expect(await world.tell('Go', {}, { id: 'shop/1/9/0' })).toBe(1)
      world.host.advance(6 * 60_000)
    }
    world.host.hooks.put = undefined
    await world.tell('Go', {}, { id: 'shop/1/9/0' })
    expect(world.log()).toEqual(['receipt 7'])
  })

  test('loses no try to code that does not fit for a while', async () => {
    const fits = tripProcess(steps)
    const world = trial(fits)
    const go = delivery(envelope({ to: '1', type: 'Go', body: {}, id: 'shop/1/9/0' }))
    let commits = 0
    world.host.hooks.put = (item) => (isCommit(item) && ++commits === 2 ? died() : undefined)
    await deliverAndDie(createRuntime(fits, world.host), world.host, [go])
    world.host.hooks.put = undefined
    world.deploy(tripProcess(async (ctx) => void (await ctx.step('invoice', () => 1))))
    for (let n = 0; n < 12; n++) {
      world.host.advance(6 * 60_000)
      expect(await world.tell('Touch', {}, { id: 'shop/1/9/1' })).toBe(1)
    }
    world.deploy(fits)
    await world.tell('Touch', {}, { id: 'shop/1/9/1' })
    expect(world.log()).toEqual(['receipt 7', 'touched'])
  })

  test('loses none to others that are at it at the same time', async () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    const process = tripProcess(async (ctx) => void (await note(ctx, `receipt ${await ctx.step('receipt', () => promise)}`)))
    const { host, log } = trial(process)
    const began = Array.from({ length: 8 }, async (_, n) => {
      const message = envelope({ to: '1', type: n === 0 ? 'Go' : 'Touch', body: {} })
      await turns(n * 30)
      return createRuntime(process, host).receive({ deliveries: [delivery(message)], deadline: host.clock.now() + 30_000 })
    })
    await turns(300)
    resolve(7)
    await Promise.all(began)
    expect(log().filter((line) => line !== 'touched')).toEqual(['receipt 7'])
  })

  test('of which one ends its function each time fails that step in the end, and not for ever', async () => {
    const process = tripProcess(async (ctx) => {
      try {
        await ctx.step('deadly', ends)
      } catch (error) {
        await note(ctx, (error as StepFailed).code)
      }
    })
    const world = trial(process)
    await dies(world, process, envelope({ to: '1', type: 'Go', body: {} }), 8)
    expect(world.log()).toEqual(['handler-died'])
  })

  test.each([
    ['in one environment', true],
    ['in a fresh environment each time', false],
  ])('does a step that it comes to when it is undone only behind the commit that comes to it: %s', async (_, stays) => {
    const committed: unknown[] = []
    const world: Trial = trial(
      tripProcess(async (ctx) => {
        ctx.compensate(async () => {
          await ctx.step('give back', () => void committed.push(world.flows()[0]?.ops.at(-1)))
        })
        await ctx.sleep('1h')
      }),
      stays,
    )
    await world.tell('Go')
    await world.tell('~cancel', {}, { id: 'somebody', from: undefined } as never)
    expect(committed).toEqual(['step give back'])
    expect([world.flows(), world.kept()]).toEqual([[], []])
  })

  test('that takes long comes to its end on a busy instance, and is done once', async () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    let done = 0
    const process = tripProcess(async (ctx) => {
      const receipt = await ctx.step('receipt', () => {
        done += 1
        return promise
      })
      await note(ctx, `receipt ${receipt}`)
    })
    const { host, log, tell } = trial(process)
    const message = delivery(envelope({ to: '1', type: 'Go', body: {} }))
    const running = createRuntime(process, host).receive({ deliveries: [message], deadline: host.clock.now() + 30_000 })
    await turns(50)
    // Another commit comes in between, as one of an environment that knows nothing of the step would.
    host.hooks.put = onCalls(
      (item: Item) => isCommit(item),
      () => void host.items.set('1 record', overtaking(host.items.get('1 record') as Item)),
      3,
    )
    resolve(7)
    await running
    await tell('Touch')
    expect([done, log()]).toEqual([1, ['receipt 7', 'touched']])
  })

  test('that ends its function each time it goes on is given up in the end, and tells whoever asked', async () => {
    let runs = 0
    const process = tripProcess(
      async () => {},
      async (ctx) => {
        if (runs++ > 0) ends()
        await ctx.step('deadly', ends)
        return { total: 1 }
      },
    )
    const world = trial(process)
    const request = envelope({ to: '1', type: 'Total', body: {}, from: 'bank/b', reply: 'bank/b' })
    await dies(world, process, request, 14)
    expect([world.flows(), world.kept()]).toEqual([[], ['flow-failed']])
    const [answer] = sentTo(world.host, 'mailbox', 'bank')
    expect(answer?.body).toMatchObject({ call: request.id, ok: false, code: 'handler-died' })
    expect(await world.tell('Touch')).toBe(0)
  })

  test('reads views for as long as their table is in trouble', async () => {
    const world = trial(
      tripProcess(async (ctx) => {
        await ctx.read(Bank as never, 'b')
        await note(ctx, 'read')
      }),
    )
    const { views } = world.host
    const read = views.read.bind(views)
    world.host.views.read = async () => passing()
    await world.tell('Go')
    for (let n = 0; n < 12; n++) {
      world.host.advance(2000)
      await world.fire()
    }
    expect(world.log()).toEqual([])
    world.host.views.read = read
    world.host.advance(2000)
    await world.fire()
    expect(world.log()).toEqual(['read'])
  })
})

describe('an operation that throws at once', () => {
  test.each([
    ['in one environment', true],
    ['in a fresh environment each time', false],
  ])('throws the same when the flow runs again, and leaves nothing behind: %s', async (_, stays) => {
    const caught: string[] = []
    const world = trial(
      tripProcess(async (ctx) => {
        const attempt = async (act: () => Promise<unknown>): Promise<void> => {
          try {
            await act()
          } catch (error) {
            caught.push((error as Error).name)
          }
        }
        await attempt(() =>
          ctx.update(({ log }) => {
            log.push('half done')
            throw new TypeError('no more of this')
          }),
        )
        await attempt(() => ctx.update((state) => void Object.assign(state, { log: 'no list' })))
        await attempt(() => ctx.call(Bank, 'b').Balance({}, { within: '999 days' }))
        await ctx.sleep('1m')
        await note(ctx, caught.splice(0).slice(-3).join())
      }),
      stays,
    )
    await world.tell('Go')
    expect(listed(world)).toHaveLength(1)
    world.host.advance(60_000)
    await world.fire()
    expect(world.log()).toEqual(['TypeError,Rejected,Rejected'])
    expect([world.flows(), world.kept()]).toEqual([[], []])
  })
})
