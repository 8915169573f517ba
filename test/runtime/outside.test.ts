// Services outside that are down: messages and steps wait, and no try of them is counted.
import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { breaker, contract, defineProcess, type Process, Rejected, Transient } from '../../lib/index.ts'
import type { Runtime } from '../../lib/runtime/host.ts'
import { createRuntime } from '../../lib/runtime/runtime.ts'
import { trial, tripProcess } from './flowing.ts'
import { again, deliver, delivery, envelope, type MemoryHost, memoryHost } from './memory-host.ts'
import { attemptsOf, keptReasons } from './processes.ts'

const psp = breaker('psp', { failures: 2, within: '1h', cooldown: '30s', timeout: '5s' })

/** A process that charges through the breaker, in an environment, and a service that answers so until it is told otherwise. */
const desk = (answer: () => unknown = () => 'ok') => {
  const host = memoryHost()
  const service = { calls: 0, answer }
  const Desk = contract('desk', { messages: { Charge: z.object({}) } })
  const process: Process = defineProcess(Desk, {
    state: z.object({ charged: z.int() }),
    deploy: { onFailure: 'setAside' },
  }).handle({
    initial: () => ({ charged: 0 }),
    on: {
      Charge: async (ctx) => {
        await ctx.outside(psp, () => {
          service.calls += 1
          return service.answer()
        })
        ctx.state.charged += 1
      },
    },
  })
  return { host, service, process, runtime: createRuntime(process, host) }
}
const charge = (to = '42') => delivery(envelope({ to, type: 'Charge' }))
const down = (): never => {
  throw new Error('503')
}
/** Delivers until the breaker is open: to as many instances as it takes. */
const open = async (runtime: Runtime, host: MemoryHost): Promise<void> => {
  for (let n = 0; n < 2; n += 1) await deliver(runtime, host, [charge(`victim-${n}`)])
  host.hidden.length = 0
}

describe('a handler that calls a service', () => {
  test('has what it answers', async () => {
    const { host, runtime } = desk()
    expect(await deliver(runtime, host, [charge()])).toEqual([])
  })

  test('fails as any other while the breaker is closed, and the call that opens it is nobody’s fault', async () => {
    const { host, runtime } = desk(down)
    expect(await deliver(runtime, host, [charge('1')])).toHaveLength(1)
    expect(await deliver(runtime, host, [charge('2')])).toHaveLength(1)
    expect([attemptsOf(host, '1'), attemptsOf(host, '2')]).toEqual([[1], []])
  })

  test('is not run through while it is open: its message comes again after the cooldown, as its first try', async () => {
    const { host, service, runtime } = desk(down)
    await open(runtime, host)
    const { calls } = service
    for (let n = 1; n <= 12; n += 1) expect(await deliver(runtime, host, [again(charge(), n)])).toHaveLength(1)
    expect(service.calls).toBe(calls)
    expect(host.hidden[0]?.seconds).toBe(34)
    expect([attemptsOf(host), keptReasons(host)]).toEqual([[], []])
  })

  test('lets one through after the cooldown, and all once that went well', async () => {
    const { host, service, runtime } = desk(down)
    await open(runtime, host)
    const { calls } = service
    host.advance(30_000)
    await deliver(runtime, host, [charge('1'), charge('2'), charge('3')])
    expect(service.calls).toBe(calls + 1)
    expect(attemptsOf(host, '1')).toEqual([])
    host.advance(30_000)
    service.answer = () => 'ok'
    expect(await deliver(runtime, host, [charge('1')])).toEqual([])
    expect(await deliver(runtime, host, [charge('2'), charge('3')])).toEqual([])
  })

  test('that hangs has failed after the timeout of its breaker', async () => {
    const { host, runtime } = desk(() => new Promise(() => {}))
    const before = host.clock.now()
    expect(await deliver(runtime, host, [charge()])).toHaveLength(1)
    expect(host.clock.now() - before).toBe(5000)
    expect(attemptsOf(host)).toEqual([1])
  })

  test.each([
    ['a refusal', new Rejected('no-card', 'the card is unknown')],
    ['passing trouble of the framework', new Transient('throttled', 'a read was throttled')],
  ])('%s opens no breaker', async (_, thrown) => {
    const { host, service, runtime } = desk(() => {
      throw thrown
    })
    for (let n = 0; n < 5; n += 1) await deliver(runtime, host, [charge(String(n))])
    service.answer = () => 'ok'
    expect(await deliver(runtime, host, [charge()])).toEqual([])
  })

  test('is judged by each environment for itself', async () => {
    const { host, service, process, runtime } = desk(down)
    await open(runtime, host)
    service.answer = () => 'ok'
    const other = { ...host, mailbox: host.mailbox }
    expect(await deliver(createRuntime(process, other), host, [charge()])).toEqual([])
  })

  test('counts what it puts off as Unavailable', async () => {
    const { host, runtime } = desk(down)
    const counted: string[] = []
    host.meter.add = (metric) => void counted.push(metric)
    await open(runtime, host)
    await deliver(runtime, host, [charge()])
    expect(counted.filter((metric) => metric === 'Unavailable')).toHaveLength(2)
  })
})

describe('a step of a flow', () => {
  test('waits while its service is down, however long, and no try of it is counted', async () => {
    let up = false
    let calls = 0
    const process = tripProcess(async (ctx) => {
      const paid = await ctx.step(
        'pay',
        () => {
          calls += 1
          if (!up) throw new Error('503')
          return 'paid'
        },
        { retry: { attempts: 3, delay: '1s' }, breaker: psp },
      )
      await ctx.update((state) => void state.log.push(paid))
    })
    const { host, tell, fire, log, kept } = trial(process, true)
    await tell('Go')
    for (let n = 0; n < 40; n += 1) {
      host.advance(31_000)
      await fire()
    }
    // One failed try; the one that opened the breaker; and one each cooldown.
    expect(calls).toBeGreaterThan(30)
    expect([log(), kept()]).toEqual([[], []])
    up = true
    host.advance(61_000)
    await fire()
    expect(log()).toEqual(['paid'])
  })
})
