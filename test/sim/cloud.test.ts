import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { contract, type Deploy, defineProcess } from '../../lib/index.ts'
import type { Delivery } from '../../lib/ports/mailbox.ts'
import type { Host, Invocation } from '../../lib/runtime/host.ts'
import { type FaultPlan, simulate, type World } from '../../lib/sim/index.ts'

const Work = contract('work', { messages: { Do: z.object({ n: z.int() }) } })
const define = (mailbox: 'ordered' | 'unordered', deploy: Deploy = {}) =>
  defineProcess(Work, { state: z.object({}), deploy: { mailbox, timeoutSeconds: 30, ...deploy } }).handle({
    initial: () => ({}),
    on: { Do() {} },
  })
const visibilityMs = 6 * 30_000

/** What a runtime of the test's own saw: when each delivery came, ms since the first. */
interface Seen {
  readonly at: number
  readonly n: number
  readonly receiveCount: number
}

/** A world whose runtime is `receive`, with `count` messages to instances of their own, or to one. */
const worldOf = (
  receive: (invocation: Invocation, host: Host) => Promise<readonly string[]>,
  options: {
    readonly mailbox?: 'ordered' | 'unordered'
    readonly faults?: Partial<FaultPlan>
    readonly environmentsMax?: number
    readonly seed?: number
    readonly deploy?: Deploy
  } = {},
): { readonly world: World; readonly seen: Seen[] } => {
  const seen: Seen[] = []
  const { mailbox = 'ordered', seed = 1, deploy, ...rest } = options
  const world = simulate([define(mailbox, deploy)], {
    seed,
    ...rest,
    createRuntime: (_, host) => ({
      call: () => Promise.reject(new Error('nobody calls')),
      receive: async (invocation) => {
        const at = world.now().getTime() - start
        for (const delivery of invocation.deliveries)
          seen.push({ at, n: numberIn(delivery), receiveCount: delivery.receiveCount })
        return { returned: await receive(invocation, host) }
      },
    }),
  })
  const start = world.now().getTime()
  return { world, seen }
}
const numberIn = ({ body }: Delivery): number => (JSON.parse(body) as { body: { n: number } }).body.n
const put = (host: Host) => host.store.put({ pk: 'a', sk: 'note', attributes: { n: 1 } })

describe('an event-source mapping', () => {
  test.each([
    [undefined, 8],
    [2, 2],
  ])('with a concurrency of %s has %i invocations under way at most', async (concurrency, most) => {
    let underWay = 0
    let seen = 0
    const { world } = worldOf(
      async (_, host) => {
        underWay += 1
        seen = Math.max(seen, underWay)
        await host.clock.after(5000).elapsed
        underWay -= 1
        return []
      },
      { environmentsMax: 8, mailbox: 'unordered', ...(concurrency !== undefined && { deploy: { concurrency } }) },
    )
    for (let n = 0; n < 200; n += 1) world.send(Work, `i${n}`).Do({ n })
    await world.advance('10m')
    expect([seen, underWay]).toEqual([most, 0])
  })

  test('deletes what is not returned, and brings the rest again once its visibility has ended', async () => {
    const { world, seen } = worldOf(async ({ deliveries }) =>
      deliveries.filter((one) => numberIn(one) === 1 && one.receiveCount === 1).map((one) => one.messageId),
    )
    world.send(Work, 'a').Do({ n: 0 })
    world.send(Work, 'b').Do({ n: 1 })
    await world.run()
    expect(seen.filter(({ n }) => n === 0)).toHaveLength(1)
    const [first, second, ...more] = seen.filter(({ n }) => n === 1)
    expect(more).toEqual([])
    expect(second?.receiveCount).toBe(2)
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(visibilityMs - 100)
  })

  test('gives no message of a group that has one under way', async () => {
    let open = 0
    const { world, seen } = worldOf(async ({ deliveries }, host) => {
      open += 1
      expect(open).toBe(1)
      await put(host)
      open -= 1
      return deliveries.slice(1).map(({ messageId }) => messageId)
    })
    for (let n = 0; n < 4; n += 1) world.send(Work, 'a').Do({ n })
    await world.run()
    expect(seen.filter(({ receiveCount }) => receiveCount === 1).map(({ n }) => n)).toEqual([0, 1, 2, 3])
  })

  test('invokes as many environments at once as it may, each one at a time', async () => {
    let open = 0
    let most = 0
    const { world } = worldOf(
      async (_, host) => {
        open += 1
        most = Math.max(most, open)
        await put(host)
        open -= 1
        return []
      },
      { mailbox: 'unordered', environmentsMax: 3 },
    )
    for (let n = 0; n < 100; n += 1) world.send(Work, String(n)).Do({ n })
    await world.run()
    expect(most).toBe(3)
  })

  test('burns a receive with each throttle', async () => {
    const { world, seen } = worldOf(async () => [], { faults: { throttle: 0.7 }, seed: 2 })
    for (let n = 0; n < 20; n += 1) world.send(Work, String(n)).Do({ n })
    await world.run()
    expect(seen).toHaveLength(20)
    expect(Math.max(...seen.map(({ receiveCount }) => receiveCount))).toBeGreaterThan(1)
    expect(world.faults.counts.throttle.injected).toBeGreaterThan(0)
    expect(world.faults.counts.throttle.bit).toBe(world.faults.counts.throttle.injected)
  })

  test('brings a message again whose delete was lost', async () => {
    const { world, seen } = worldOf(async () => [], { faults: { deleteLost: 0.5 } })
    for (let n = 0; n < 20; n += 1) world.send(Work, String(n)).Do({ n })
    await world.run()
    expect(seen.length).toBe(20 + world.faults.counts.deleteLost.injected)
  })
})

describe('an environment', () => {
  test('that does not return is killed at the timeout, and its messages come again', async () => {
    let hung = false
    const { world, seen } = worldOf(async () => {
      if (hung) return []
      hung = true
      return new Promise<never>(() => {})
    })
    world.send(Work, 'a').Do({ n: 0 })
    await world.run()
    expect(seen.map(({ receiveCount }) => receiveCount)).toEqual([1, 2])
    expect(world.calls.coldStarts).toBe(2)
  })

  test('that crashed never hears of its calls again', async () => {
    let returned = 0
    const { world, seen } = worldOf(
      async (_, host) => {
        for (let n = 0; n < 10; n += 1) await put(host)
        returned += 1
        return []
      },
      { faults: { crash: 0.1 } },
    )
    for (let n = 0; n < 20; n += 1) world.send(Work, String(n)).Do({ n })
    await world.run()
    const { crash } = world.faults.counts
    expect(crash.injected).toBeGreaterThan(0)
    expect(crash.bit).toBe(crash.injected)
    expect(returned).toBe(world.calls.invocations - crash.injected)
    expect(new Set(seen.map(({ n }) => n)).size).toBe(20)
  })

  test('that stops beyond its visibility timeout goes on while others have its messages', async () => {
    const ends: number[] = []
    const { world } = worldOf(
      async (_, host) => {
        await put(host)
        ends.push(world.now().getTime())
        return []
      },
      { faults: { zombie: 0.2 }, environmentsMax: 2 },
    )
    for (let n = 0; n < 10; n += 1) {
      world.send(Work, String(n)).Do({ n })
      await world.advance('1m')
    }
    await world.run()
    expect(world.faults.counts.zombie.injected).toBeGreaterThan(0)
    expect(ends.length).toBe(world.calls.invocations)
  })

  test('has a clock of its own', async () => {
    const clocks: number[] = []
    const { world } = worldOf(
      async (_, host) => {
        clocks.push(host.clock.now() - world.now().getTime())
        return []
      },
      { faults: { skewMs: 60_000, recycle: 1 } },
    )
    for (let n = 0; n < 5; n += 1) {
      world.send(Work, 'a').Do({ n })
      await world.advance('1m')
    }
    expect(new Set(clocks).size).toBe(5)
    for (const skew of clocks) expect(Math.abs(skew)).toBeLessThanOrEqual(60_000)
  })
})

describe('calls over the network', () => {
  test('may have happened although they failed', async () => {
    const said: string[] = []
    const { world } = worldOf(
      async (_, host) => {
        await put(host).then(
          () => said.push('answered'),
          () => said.push('failed'),
        )
        return []
      },
      { faults: { writeLostAfter: 1 } },
    )
    world.send(Work, 'a').Do({ n: 0 })
    await world.run()
    expect(said).toEqual(['failed'])
    expect(world.calls.writes).toBeGreaterThanOrEqual(1)
    expect(world.faults.counts.writeLostAfter.bit).toBe(world.calls.writes)
  })

  test('fail while their queue or table is out', async () => {
    let failures = 0
    const { world } = worldOf(
      async ({ deliveries }, host) => {
        try {
          await put(host)
          return []
        } catch {
          failures += 1
          return deliveries.map(({ messageId }) => messageId)
        }
      },
      { faults: { outage: 1 } },
    )
    for (let n = 0; n < 30; n += 1) {
      world.send(Work, String(n)).Do({ n })
      await world.advance('1m')
    }
    await world.run()
    expect(failures).toBeGreaterThan(0)
    expect(world.faults.counts.outage.bit).toBeGreaterThan(0)
  })
})
