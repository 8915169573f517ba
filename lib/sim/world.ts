// A world: an app on a simulated cloud, with the real runtime, in virtual time, from a seed.
import type { App } from '../core/app.ts'
import { type Contract, methods, type Seen, type Senders, type ViewOf } from '../core/contract.ts'
import type { Blueprint, Process } from '../core/definition.ts'
import { deduplicationOf, shardOf } from '../core/digest.ts'
import { encodeEnvelope, envelopeVersion } from '../core/envelope.ts'
import { Misconfigured } from '../core/errors.ts'
import { address, demandInstanceId } from '../core/names.ts'
import { recordSk } from '../core/record.ts'
import { demand, type Out, type Schema } from '../core/schema.ts'
import type { Queue } from '../ports/mailbox.ts'
import { createRuntime as realRuntime } from '../runtime/runtime.ts'
import { type Cloud, type CreateRuntime, createCloud, type Deployed } from './cloud.ts'
import { milliseconds } from './duration.ts'
import { createFaults, drawFaults, type FaultCounts, type FaultPlan, noFaults } from './faults.ts'
import { violationsIn } from './invariants.ts'
import { createLedger, keyOf, partIn } from './ledger.ts'
import { stateIn } from './probe.ts'
import { createRandom, type Random } from './random.ts'
import { type Calls, noCalls, type Stage } from './stage.ts'
import { createTime } from './time.ts'
import { createTrace } from './trace.ts'

export interface SimulateOptions {
  /** Any integer; the same seed gives the same run. */
  readonly seed: number
  /** `drawn`: a mix that the seed draws. Single probabilities may be given; others are then as in `base`. Default: nothing goes wrong. */
  readonly faults?: 'drawn' | (Partial<FaultPlan> & { readonly base?: 'drawn' })
  /** Execution environments of one process at once. Default 4. */
  readonly environmentsMax?: number
  /** Keeps the trace as lines. */
  readonly keepLines?: boolean
  /** Another runtime than Gavotte's own. */
  readonly createRuntime?: CreateRuntime
}

/** The states of all instances that have one: by process, then by instance. */
export interface States {
  readonly [process: string]: { readonly [instance: string]: unknown }
}

/** A message that failed for good. */
export interface Failed {
  readonly process: string
  readonly instance: string
  readonly id: string
  readonly type: string | undefined
  readonly code: string
  readonly reason: string
  /** Whether the fault plan made it fail. */
  readonly planned: boolean
}

export interface World {
  readonly seed: number
  readonly now: () => Date
  /** Sends from outside, now: `world.send(Order, '42').Place({ … }, { key: 'click-1' })`. Without a key it is a new message each time. */
  readonly send: <C extends Contract>(to: C, id: string) => Senders<C['messages'], { readonly key?: string }, void>
  /** Puts any text on the mailbox of a process, as any tool may. */
  readonly post: (to: Contract, body: string, group: string, deduplication: string) => void
  /** Runs until nothing is left to happen; what never comes to rest is a violation of I5. */
  readonly run: () => Promise<void>
  /** Lets a time pass: `'15m'`, `'2 days'`, or milliseconds. */
  readonly advance: (duration: string | number) => Promise<void>
  /** From now on nothing goes wrong any more. */
  readonly calm: () => void
  readonly state: <S extends Schema>(process: Blueprint<Contract, S>, id: string) => Out<S> | undefined
  readonly states: () => States
  readonly view: <C extends Contract>(of: Seen<C, string>, id: string) => ViewOf<C> | undefined
  readonly failed: () => readonly Failed[]
  /** Violated invariants, as text; the ones about what is left behind count only once the world is quiet. */
  readonly check: () => readonly string[]
  readonly calls: Calls
  readonly faults: { readonly plan: FaultPlan; readonly counts: FaultCounts }
  /** Messages that were accepted, commits that were made, events that were run. */
  readonly counts: () => { readonly messages: number; readonly commits: number; readonly events: number }
  readonly trace: { readonly hash: () => string; readonly lines: () => readonly string[] }
}

const start = Date.UTC(2026, 0, 1)
/** A world that has not come to rest after so long, or so many events, never will. */
const quietMsMax = 24 * 3600 * 1000
const eventsMax = 5_000_000
const environmentsDefault = 4

/**
 * Builds a world of an app, or of some processes.
 * @throws Misconfigured if a process has no code
 */
export const simulate = (app: App | readonly Blueprint[], options: SimulateOptions): World => {
  const processes = ('processes' in app ? app.processes : app).map(withCode)
  const random = createRandom(options.seed)
  const stage = stageOf(processes, random, options)
  const { time, faults, trace, ledger, calls } = stage
  const cloud = createCloud(stage, {
    processes,
    createRuntime: options.createRuntime ?? realRuntime,
    environmentsMax: options.environmentsMax ?? environmentsDefault,
  })
  const look = lookInto(cloud, stage)

  const run = async (): Promise<void> => {
    const ending = await time.run({ until: time.now() + quietMsMax, eventsMax })
    if (ending !== 'quiet')
      ledger.violation('I5', `not quiet after ${quietMsMax / 3_600_000} hours or ${eventsMax} events (${ending})`)
  }
  const advance = async (duration: string | number): Promise<void> => {
    const until = time.now() + milliseconds(duration)
    time.at(until, () => {})
    const ending = await time.run({ until, eventsMax })
    if (ending === 'events') ledger.violation('I5', `${eventsMax} events in ${duration}`)
  }

  return {
    seed: options.seed,
    now: () => new Date(time.now()),
    send: clientOf(stage, cloud),
    post: ({ name: process }, body, group, deduplication) =>
      cloud.accept(mailboxOf(cloud, process, group), { id: '0', body, group, deduplication }, true),
    run,
    advance,
    calm: faults.stop,
    ...look,
    check: () => violationsIn(stage, cloud),
    calls,
    faults,
    counts: () => ({ messages: [...ledger.messages()].length, commits: ledger.commits(), events: time.events() }),
    trace,
  }
}

const withCode = (blueprint: Blueprint): Process => {
  if ('behaviour' in blueprint) return blueprint as Process
  throw new Misconfigured(
    'no-code',
    `${blueprint.contract.name} has no handlers here: give simulate() what .handle({ … }) returned`,
  )
}

const stageOf = (processes: readonly Process[], random: Random, { faults = {}, keepLines = false }: SimulateOptions): Stage => {
  const time = createTime(start)
  const drawn = faults === 'drawn' || faults.base === 'drawn' ? drawFaults(random.stream('plan')) : noFaults
  const { base: _, ...given } = faults === 'drawn' ? {} : faults
  const ordered = new Set(processes.filter(({ deploy }) => deploy.mailbox === 'ordered').map(({ contract }) => contract.name))
  return {
    time,
    random,
    faults: createFaults({ ...drawn, ...given }, random.stream('faults')),
    trace: createTrace(time, keepLines),
    ledger: createLedger((process) => ordered.has(process)),
    calls: noCalls(),
  }
}

const mailboxOf = (cloud: Cloud, process: string, instance: string): Queue => ({
  role: 'mailbox',
  process,
  shard: shardOf(instance, cloud.process(process).mailboxes.length),
})

/** A client's second try under its key comes at most this much later: past the deduplication window of SQS. */
const retryMsMax = 840_000

const clientOf = ({ time, faults, random }: Stage, cloud: Cloud): World['send'] => {
  const from = '~client/sim'
  const retries = random.stream('client')
  let sent = 0
  const dispatch = (process: string, to: string, type: string, body: unknown, key: string | undefined): void => {
    const id = key ?? `${from}/0/${sent++}`
    const at = time.now()
    const envelope = {
      v: envelopeVersion,
      id,
      to,
      type,
      body,
      at,
      ...(key === undefined && { from }),
      trace: id,
      hops: 0,
    } as const
    const entry = { id: '0', body: encodeEnvelope(envelope), group: to, deduplication: deduplicationOf(id, address(process, to)) }
    cloud.accept(mailboxOf(cloud, process, to), entry, true)
    if (key === undefined || !faults.strikes('duplicate', address(process, to))) return
    faults.bit('duplicate')
    time.after(retries.int(retryMsMax), () => dispatch(process, to, type, body, key))
  }
  return ({ name, messages }, id) =>
    methods(messages, (type, body, options) => {
      demand(messages[type] as Schema, body, `${name}.${type}`)
      dispatch(name, demandInstanceId(id), type, body, (options as { readonly key?: string } | undefined)?.key)
    }) as never
}

const lookInto = (cloud: Cloud, { time, ledger }: Stage): Pick<World, 'state' | 'states' | 'view' | 'failed'> => {
  const stateOf = ({ table }: Deployed, id: string) => {
    const item = table.get(id, recordSk, time.now())
    const text = item === undefined ? undefined : partIn(table, item, 'state', time.now())
    return text === undefined ? undefined : stateIn(text)
  }
  const itemsOf = ({ table }: Deployed) => [...table.items(time.now())]
  return {
    state: ({ contract }, id) => stateOf(cloud.process(contract.name), id),
    states: () =>
      Object.fromEntries(
        [...cloud.processes()].map((deployed) => {
          const instances = itemsOf(deployed).filter(({ sk }) => sk === recordSk)
          const states = instances.map(({ pk }) => [pk, stateOf(deployed, pk)] as const)
          return [deployed.name, Object.fromEntries(states.filter(([, state]) => state !== undefined))]
        }),
      ),
    view: (of, id) => {
      const { name } = of as Contract
      const text = cloud.process(name).table.get(id, recordSk, time.now())?.attributes.view
      return (text === undefined ? undefined : JSON.parse(text as string)) as never
    },
    failed: () =>
      [...cloud.processes()].flatMap((deployed) =>
        itemsOf(deployed)
          .filter(({ sk }) => /^failed\/[0-9a-f]+$/.test(sk))
          .map(({ pk, attributes }) => ({
            process: deployed.name,
            instance: pk,
            id: String(attributes.id),
            type: attributes.type as string | undefined,
            code: String(attributes.code),
            reason: String(attributes.reason),
            planned: ledger.poisoned.has(keyOf(String(attributes.id), address(deployed.name, pk))),
          })),
      ),
  }
}
