// Framework CPU per message, in memory: `counter` under messages of another process, warm, on ports that cost nothing.
import { encodeEnvelope } from '../lib/core/envelope.ts'
import { createRuntime } from '../lib/runtime/runtime.ts'
import { deliveryOf, memoryHost } from './memory-host.ts'
import { percentile } from './statistics.ts'
import { counter } from './workloads/counter/counter/process.ts'

export interface HopFigures {
  readonly workload: 'hop'
  readonly batch: number
  readonly messages: number
  /** CPU of the process per message, user and system, garbage collection with it. */
  readonly cpuMicrosPerMessage: number
  /** Wall time of one invocation by its messages. */
  readonly p50Micros: number
  readonly p99Micros: number
  readonly messagesPerSecond: number
}

const keys = 64

/** @param batch messages an invocation, each to another instance while there are as many */
export const benchHop = async (batch: number, messages: number): Promise<HopFigures> => {
  const { host, sent } = memoryHost()
  const runtime = createRuntime(counter, host)
  let n = 0
  const invocation = () => {
    const deliveries = Array.from({ length: batch }, () => {
      const at = Date.now()
      const id = `source/1/${at * 1000 + n}/${n}`
      const envelope = {
        v: 1 as const,
        id,
        to: String(n % keys),
        type: 'Add',
        body: {},
        at,
        from: 'source/1',
        trace: 'key-1',
        cause: 'source/0/1/0',
        hops: 1,
      }
      return deliveryOf({ body: encodeEnvelope(envelope), deduplication: id }, n++)
    })
    return { deliveries, deadline: Date.now() + 30_000 }
  }
  const run = async (count: number): Promise<number[]> => {
    const micros: number[] = []
    for (let done = 0; done < count; done += batch) {
      const input = invocation()
      const start = performance.now()
      const { returned } = await runtime.receive(input)
      micros.push(((performance.now() - start) * 1000) / batch)
      if (returned.length > 0) throw new Error('the bench’s own messages came back')
      sent.length = 0
    }
    return micros
  }
  await run(20_000)
  const before = process.cpuUsage()
  const micros = await run(messages)
  const { user, system } = process.cpuUsage(before)
  const wallMicros = micros.reduce((sum, one) => sum + one * batch, 0)
  return {
    workload: 'hop',
    batch,
    messages,
    cpuMicrosPerMessage: (user + system) / messages,
    p50Micros: percentile(micros, 50),
    p99Micros: percentile(micros, 99),
    messagesPerSecond: messages / (wallMicros / 1e6),
  }
}
