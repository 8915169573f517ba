// Calls, steps and sleeping flows on the local cloud, counted in AWS calls; a direct call against a bare conditional write there.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { type Client, connect } from '../lib/aws/index.ts'
import { type LocalCloud, startLocalCloud } from '../lib/local/index.ts'
import { percentile } from './statistics.ts'
import { app } from './workloads/talk/app.ts'
import { Bank } from './workloads/talk/bank/contract.ts'
import { Desk } from './workloads/talk/desk/contract.ts'

export interface TalkOptions {
  /** Direct calls and bare writes whose latency is measured, one after the other. */
  readonly samples: number
  /** Queued calls, and steps of one flow. */
  readonly calls: number
  /** Flows that sleep for a day. */
  readonly sleepers: number
}

export interface TalkFigures {
  readonly workload: 'talk'
  /** A conditional PutItem by the SDK, one after the other. */
  readonly writeP50Ms: number
  /** Invoke of a function that is not run (`DryRun`): what an invocation costs its caller before anything is done. */
  readonly invokeP50Ms: number
  /** The same write in a function that does nothing else, by Invoke, one after the other. */
  readonly functionP50Ms: number
  /** `client.call` that changes the state, by Invoke, one after the other. */
  readonly callP50Ms: number
  /** `client.call` that reads. */
  readonly lookP50Ms: number
  /** callP50Ms by writeP50Ms. */
  readonly callByWrite: number
  /** callP50Ms by the sum of writeP50Ms and invokeP50Ms, of which no call can be free. */
  readonly callByParts: number
  /** callP50Ms by functionP50Ms. */
  readonly callByFunction: number
  readonly writesPerDirectCall: number
  readonly writesPerQueuedCall: number
  readonly writesPerStep: number
  /** AWS calls of all kinds in ten seconds while all sleep, but for receives. */
  readonly callsAsleep: number
  readonly sleepers: number
  readonly ok: boolean
}

type BenchClient = Client<'bank' | 'desk'>
interface Bench {
  readonly client: BenchClient
  readonly dynamodb: DynamoDBClient
  readonly lambda: LambdaClient
  readonly cloud: LocalCloud
}

export const benchTalk = async (options: TalkOptions): Promise<TalkFigures> => {
  const data = await mkdtemp(join(tmpdir(), 'gavotte-bench-'))
  const cloud = await startLocalCloud({ app, port: 0, data })
  const sdk = { endpoint: cloud.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  const client = connect({ app: 'bench', uses: [Bank, Desk], routes: cloud.routes, sqs: sdk, dynamodb: sdk, lambda: sdk })
  const dynamodb = new DynamoDBClient(sdk)
  const lambda = new LambdaClient(sdk)
  try {
    const direct = await measureDirect({ client, dynamodb, lambda, cloud }, options.samples)
    const queued = await measureQueued(client, cloud, options.calls)
    const stepped = await measureSteps(client, cloud, options.calls)
    const asleep = await measureSleep(client, cloud, options.sleepers)
    return {
      workload: 'talk',
      ...direct,
      writesPerQueuedCall: queued.writes,
      writesPerStep: stepped.writes,
      callsAsleep: asleep.calls,
      sleepers: options.sleepers,
      ok: direct.ok && queued.ok && stepped.ok && asleep.ok,
    }
  } finally {
    dynamodb.destroy()
    lambda.destroy()
    await client.close()
    await cloud.close()
    await rm(data, { recursive: true, force: true })
  }
}

const writesOf = (cloud: LocalCloud): number => cloud.calls().PutItem ?? 0

/** Alternates, so that both meet the same machine. */
const measureDirect = async ({ client, dynamodb, lambda, cloud }: Bench, samples: number) => {
  const writes: number[] = []
  const invokes: number[] = []
  const functions: number[] = []
  const calls: number[] = []
  const looks: number[] = []
  const timed = async (into: number[], act: () => Promise<unknown>): Promise<void> => {
    const start = performance.now()
    await act()
    into.push(performance.now() - start)
  }
  const table = cloud.routes.bank?.table ?? ''
  let version = 0
  let put = 0
  const write = () =>
    dynamodb.send(
      new PutItemCommand({
        TableName: table,
        Item: { pk: { S: 'bare' }, sk: { S: 'record' }, version: { N: String(++version) }, state: { S: '{"draws":1}' } },
        ConditionExpression: version === 1 ? 'attribute_not_exists(pk)' : 'version = :v',
        ...(version > 1 && { ExpressionAttributeValues: { ':v': { N: String(version - 1) } } }),
      }),
    )
  const warmUp = 50
  for (let n = 0; n < warmUp + samples; n++) {
    if (n === warmUp) {
      for (const all of [writes, invokes, functions, calls, looks]) all.length = 0
      put = writesOf(cloud)
    }
    await timed(writes, write)
    await timed(invokes, () => lambda.send(new InvokeCommand({ FunctionName: 'bench-bare', InvocationType: 'DryRun' })))
    await timed(functions, () => lambda.send(new InvokeCommand({ FunctionName: 'bench-bare', Payload: '{}' })))
    await timed(calls, () => client.call(Bank, 'direct').Draw())
    await timed(looks, () => client.call(Bank, 'direct').Look())
  }
  const { draws } = await client.call(Bank, 'direct').Look()
  const [writeP50Ms, callP50Ms] = [percentile(writes, 50), percentile(calls, 50)]
  const [invokeP50Ms, functionP50Ms] = [percentile(invokes, 50), percentile(functions, 50)]
  return {
    writeP50Ms,
    invokeP50Ms,
    functionP50Ms,
    callP50Ms,
    lookP50Ms: percentile(looks, 50),
    callByWrite: callP50Ms / writeP50Ms,
    callByParts: callP50Ms / (writeP50Ms + invokeP50Ms),
    callByFunction: callP50Ms / functionP50Ms,
    writesPerDirectCall: (writesOf(cloud) - put - 2 * samples) / samples,
    ok: draws === warmUp + samples,
  }
}

const untilView = async (
  client: BenchClient,
  id: string,
  done: (view: { asked: number; worked: number; asleep: number }) => boolean,
) => {
  for (let tries = 0; tries < 1200; tries++) {
    const view = await client.view(Desk, id, { consistent: true })
    if (view !== undefined && done(view)) return true
    await sleep(50)
  }
  return false
}

const measureQueued = async (client: BenchClient, cloud: LocalCloud, calls: number) => {
  await client.send(Desk, 'asks').Ask()
  await untilView(client, 'asks', ({ asked }) => asked === 1)
  const before = writesOf(cloud)
  let ok = true
  for (let n = 2; n <= calls + 1; n++) {
    await client.send(Desk, 'asks').Ask()
    ok &&= await untilView(client, 'asks', ({ asked }) => asked === n)
  }
  // The hop that asks is its message's, and not the call's.
  return { writes: (writesOf(cloud) - before) / calls - 1, ok }
}

const measureSteps = async (client: BenchClient, cloud: LocalCloud, steps: number) => {
  const before = writesOf(cloud)
  await client.send(Desk, 'works').Work({ steps })
  const ok = await untilView(client, 'works', ({ worked }) => worked === 1)
  return { writes: (writesOf(cloud) - before) / steps, ok }
}

const measureSleep = async (client: BenchClient, cloud: LocalCloud, sleepers: number) => {
  const ids = Array.from({ length: sleepers }, (_, n) => `sleeper-${n}`)
  await Promise.all(ids.map((id) => client.send(Desk, id).Sleep()))
  let ok = true
  for (const id of ids) ok &&= await untilView(client, id, ({ asleep }) => asleep === 1)
  // What was performed cold is taken out of its record a moment later.
  await sleep(3000)
  const busy = (): number =>
    Object.entries(cloud.calls()).reduce((sum, [kind, count]) => sum + (kind === 'ReceiveMessage' ? 0 : count), 0)
  const before = busy()
  await sleep(10_000)
  return { calls: busy() - before, ok }
}
