// A storm of some thousand messages while others trickle: how long the others wait, with and without what keeps them apart.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '../lib/aws/index.ts'
import { startLocalCloud } from '../lib/local/index.ts'
import { percentile } from './statistics.ts'
import { app } from './workloads/storm/app.ts'
import { Desk } from './workloads/storm/desk/contract.ts'
import { Post } from './workloads/storm/post/contract.ts'

interface Waits {
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface StormFigures {
  readonly workload: 'storm'
  readonly messages: number
  readonly trickle: number
  /** Ordered: others alone, and beside a storm on one instance. */
  readonly orderedAlone: Waits
  readonly ordered: Waits
  /** Unordered: others alone; beside a storm of another tenant; beside one of their own, from which no queue can tell them. */
  readonly unorderedAlone: Waits
  readonly fair: Waits
  readonly unfair: Waits
}

const trickleMs = 20

/** @param messages of the storm @param trickle messages of others, one every 20 ms */
export const benchStorm = async (messages: number, trickle: number): Promise<StormFigures> => {
  const data = await mkdtemp(join(tmpdir(), 'gavotte-bench-'))
  const waited: number[] = []
  const cloud = await startLocalCloud({
    app,
    port: 0,
    data,
    workers: 2,
    onEvent: (event) => {
      const [, ms] = event.kind === 'output' ? (/"waitedMs":(\d+)/.exec(event.line) ?? []) : []
      if (ms !== undefined) waited.push(Number(ms))
    },
  })
  const sdk = { endpoint: cloud.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  const client = connect({ app: 'storm', uses: [Desk, Post], routes: cloud.routes, sqs: sdk, dynamodb: sdk })
  let round = 0

  const waits = async (
    to: typeof Desk | typeof Post,
    storm: (n: number) => string,
    others: (n: number) => string,
    size: number,
  ) => {
    waited.length = 0
    round += 1
    await Promise.all(Array.from({ length: size }, (_, n) => client.send(to, storm(n)).Do({ quiet: false })))
    for (let n = 0; n < trickle; n += 1) {
      await client.send(to, others(n)).Do({ quiet: true })
      await sleep(trickleMs)
    }
    while (waited.length < trickle) await sleep(50)
    const found = { p50Ms: percentile(waited, 50), p99Ms: percentile(waited, 99) }
    await settled(cloud.calls)
    return found
  }
  const other = (n: number): string => `other-${n % 7}/${round}-${n}`
  try {
    await waits(Desk, () => '', other, 0)
    await waits(Post, () => '', other, 0)
    return {
      workload: 'storm',
      messages,
      trickle,
      orderedAlone: await waits(Desk, () => '', other, 0),
      ordered: await waits(Desk, () => 'acme/hot', other, messages),
      unorderedAlone: await waits(Post, () => '', other, 0),
      fair: await waits(Post, (n) => `acme/${round}-${n}`, other, messages),
      unfair: await waits(
        Post,
        (n) => `acme/${round}-${n}`,
        (n) => `acme/other-${round}-${n}`,
        messages,
      ),
    }
  } finally {
    await client.close()
    await cloud.close()
    await rm(data, { recursive: true, force: true })
  }
}

/** Resolves once no mailbox has handed out anything for a while. */
const settled = async (calls: () => Readonly<Record<string, number>>): Promise<void> => {
  for (let before = -1; before !== calls().ReceiveMessage; await sleep(500)) before = calls().ReceiveMessage ?? 0
}
