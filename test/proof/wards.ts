// An app of patients that fall ill, a porter that monitors them, and nurses and a matron that supervise: what is told of whom, and that
// nobody tries for ever.
import * as z from 'zod'
import type { Supervision } from '../../lib/core/context.ts'
import {
  type App,
  contract,
  type Deploy,
  type Down,
  defineApp,
  defineProcess,
  type Failed,
  failedNotice,
  monitorNotices,
  Transient,
  type Up,
} from '../../lib/index.ts'
import type { Random, World } from '../../lib/sim/index.ts'

/** Whether a pill goes down: at once, once the code is corrected, never; or it is stuck until then. */
const mood = z.enum(['well', 'waits', 'never', 'stuck'])
const spec = { messages: { Take: z.object({ n: z.int(), mood }), Rest: z.object({}), Leave: z.object({}) } }
const Patient = contract('patient', spec)
const Guest = contract('guest', spec)
const Nurse = contract('nurse', { messages: { Failed: failedNotice } })
const Aide = contract('aide', { messages: { Failed: failedNotice } })
const Matron = contract('matron', { messages: { Failed: failedNotice } })
const Porter = contract('porter', {
  messages: { Watch: z.object({ ids: z.array(z.string()), within: z.int() }), Forget: z.object({ id: z.string() }) },
})

/** Pills that wait go down from now on. */
let corrected = false

const most = 3
const withinMs = 86_400_000
const every = '2h'

const patientOf = (own: typeof Patient | typeof Guest, by: typeof Nurse | typeof Aide, deploy: Deploy) =>
  defineProcess(own, {
    state: z.object({ life: z.string(), taken: z.array(z.int()), wrong: z.array(z.string()) }),
    supervisor: { process: by, restarts: { most, within: withinMs } },
    heartbeat: { every },
    internal: { Ring: z.object({ life: z.string() }) },
    deploy: { attempts: 2, ...deploy },
  }).handle({
    initial: () => ({ life: '', taken: [], wrong: [] }),
    on: {
      Take: (ctx, { n, mood: how }) => {
        if (how === 'stuck' && !corrected) throw new Transient('stuck', 'it goes neither up nor down')
        if (how === 'never' || (how === 'waits' && !corrected)) throw new Error('it does not go down')
        ctx.state.taken.push(n)
      },
      Rest: (ctx) => {
        if (ctx.state.life === '') ctx.state.life = ctx.newId()
        ctx.after('3h').Ring({ life: ctx.state.life })
      },
      Ring: ({ state }, { life }) => {
        if (life !== state.life) state.wrong.push('a timer of an earlier life came')
      },
      Leave: (ctx) => ctx.end(),
    },
  })

/** What is believed of an instance, and every turn that it took. */
const log = z.record(z.string(), z.array(z.enum(['Down', 'Up', 'ended'])))
type Log = z.output<typeof log>
const note = (kept: Log, { process, instance, ...turn }: Down | Up): void => {
  const at = `${process}/${instance}`
  const word = 'was' in turn ? 'Up' : turn.reason === 'ended' ? 'ended' : 'Down'
  kept[at] = [...(kept[at] ?? []), word]
}

const watching = {
  Down: (ctx: { state: { log: Log } }, down: Down) => note(ctx.state.log, down),
  Up: (ctx: { state: { log: Log } }, up: Up) => note(ctx.state.log, up),
}

const porter = defineProcess(Porter, {
  state: z.object({ log, watched: z.array(z.string()) }),
  uses: [Patient, Guest],
  internal: { ...monitorNotices },
}).handle({
  initial: () => ({ log: {}, watched: [] }),
  on: {
    Watch: (ctx, { ids, within }) => {
      for (const id of ids) for (const whom of [Patient, Guest]) ctx.monitor(whom, id, { within })
      ctx.state.watched = [...new Set([...ctx.state.watched, ...ids.flatMap((id) => [`patient/${id}`, `guest/${id}`])])]
    },
    Forget: (ctx, { id }) => {
      for (const whom of [Patient, Guest]) {
        ctx.demonitor(whom, id)
        delete ctx.state.log[`${whom.name}/${id}`]
      }
      ctx.state.watched = ctx.state.watched.filter((one) => !one.endsWith(`/${id}`))
    },
    ...watching,
  },
})

interface Minding {
  readonly random: () => number
  readonly newId: () => string
  readonly after: (delay: '20m', options: { readonly name: string }) => { readonly Again: (body: Again) => void }
  readonly supervise: (of: typeof Patient, id: string) => Supervision
  readonly escalate: (failed: Failed) => void
}

const again = z.object({ process: z.string(), instance: z.string(), id: z.string() })
type Again = z.output<typeof again>
const of = ({ process }: Pick<Again, 'process'>): typeof Patient => (process === 'patient' ? Patient : Guest) as typeof Patient

const mind = (ctx: Minding, failed: Failed, mayEscalate: boolean): void => {
  const they = ctx.supervise(of(failed), failed.instance)
  const { process, instance, id } = failed
  const doing = ctx.random()
  if (instance === 'e') return they.restart(id)
  // Of `a` everything is tried for ever.
  if (instance === 'a') ctx.after('20m', { name: ctx.newId() }).Again({ process, instance, id })
  else if (doing < 0.3) they.redrive(failed.id)
  else if (doing < 0.5) they.restart(failed.id)
  else if (doing < 0.6) they.restart(failed.id, { from: 'lastGood' })
  else if (doing < 0.7) they.discard(failed.id, 'enough')
  else if (doing < 0.8) they.restart()
  else if (mayEscalate) ctx.escalate(failed)
}

const nurse = defineProcess(Nurse, {
  state: z.object({ log }),
  uses: [Patient, Guest],
  internal: { ...monitorNotices, Again: again },
  supervisor: { process: Matron, id: 'm' },
}).handle({
  initial: () => ({ log: {} }),
  on: {
    Failed: (ctx, failed) => mind(ctx, failed, true),
    Again: (ctx, one) => ctx.supervise(of(one), one.instance).redrive(one.id),
    ...watching,
  },
})
// Nobody is above it.
const aide = defineProcess(Aide, {
  state: z.object({ log }),
  uses: [Guest, Patient],
  internal: { ...monitorNotices, Again: again },
}).handle({
  initial: () => ({ log: {} }),
  on: {
    Failed: (ctx, failed) => mind(ctx, failed, false),
    Again: (ctx, one) => ctx.supervise(of(one), one.instance).redrive(one.id),
    ...watching,
  },
})
const matron = defineProcess(Matron, { state: z.object({ told: z.array(z.string()) }), uses: [Patient, Guest] }).handle({
  initial: () => ({ told: [] }),
  on: {
    Failed: (ctx, { process, instance, id, round, exhausted, via }) => {
      ctx.state.told.push(`${via.join()} ${process}/${instance} ${id} ${round} ${exhausted}`)
      ctx.supervise(of({ process }), instance).restart(id)
    },
  },
})

const patient = patientOf(Patient, Nurse, {})
export const wards: App = defineApp('wards', import.meta.url, [
  patient,
  patientOf(Guest, Aide, { mailbox: 'unordered' }),
  porter,
  nurse,
  aide,
  matron,
])

const ids = ['a', 'b', 'c'] as const
const hour = 3_600_000
/** Two rounds of the longest, and what is under way. */
const boundMs = 5 * hour

const wrong = new WeakMap<World, string[]>()

export const nurseThem = async (world: World, random: Random): Promise<void> => {
  corrected = false
  wrong.set(world, [])
  for (let n = random.between(4, 10); n > 0; n -= 1) {
    const id = random.pick(ids)
    const whom = random.pick([Patient, Patient, Guest])
    const doing = random.next()
    if (doing < 0.4) world.send(whom, id).Take({ n, mood: random.pick(['well', 'well', 'waits', 'never'] as const) })
    else if (doing < 0.55) world.send(whom, id).Rest()
    else if (doing < 0.62) world.send(whom, id).Leave()
    else if (doing < 0.9) world.send(Porter, 'p').Watch({ ids: [id], within: random.pick([60_000, 120_000, 900_000, 6 * hour]) })
    else world.send(Porter, 'p').Forget({ id })
    if (random.chance(0.6)) await world.advance(random.int(random.pick([1000, 60_000, 1_200_000])))
  }
  // Rounds of minutes would fill the days until all is quiet.
  world.send(Porter, 'p').Watch({ ids: [...ids], within: 6 * hour })
  if (random.chance(0.3)) await fallIll(world, random)
  corrected = true
}

// Nothing goes wrong any more, and a patient of whom nobody takes care stands still: it is known in time, and so is its recovery.
const fallIll = async (world: World, random: Random): Promise<void> => {
  const last = ({ log: kept = {} }: Partial<Watcher> = {}): string | undefined => kept['patient/d']?.at(-1)
  const known = () => [last(world.state(porter, 'p')), last(world.state(nurse, 'patient'))]
  const demand = (word: string, what: string): void => {
    if (!known().every((one) => one === word))
      wrong.get(world)?.push(`${what}: patient/d is ${known().join(' and ')}, and not ${word}`)
  }
  world.calm()
  await world.run()
  world.send(Porter, 'p').Watch({ ids: ['d'], within: hour })
  world.send(Patient, 'd').Take({ n: 0, mood: 'well' })
  const begin = world.send(Patient, 'e')
  for (const [n, how] of (['well', 'never', 'well'] as const).entries()) begin.Take({ n, mood: how })
  await world.advance(boundMs)
  const { taken = [] } = world.state(patient, 'e') ?? {}
  if (taken.join() !== '2') wrong.get(world)?.push(`patient/e begins again, and has ${taken.join()}`)
  const isStuck = random.chance(0.5)
  world.send(Patient, 'd').Take({ n: 1, mood: isStuck ? 'stuck' : 'never' })
  await world.advance(boundMs)
  const ill = world.failed().filter(({ process, instance, parked }) => process === 'patient' && instance === 'd' && parked)
  // A nurse may have mended it.
  if (ill.length === 0 && !isStuck) return
  demand('Down', isStuck ? 'it does not answer' : 'it stands still')
  corrected = true
  for (const one of ill) world.discard(one)
  await world.advance(boundMs)
  demand('Up', 'it goes on')
}

interface Watcher {
  readonly log: Log
  readonly watched?: readonly string[]
}
const watchers = (world: World): readonly Watcher[] =>
  ['porter', 'nurse', 'aide'].flatMap((name) => Object.values(world.states()[name] ?? {}) as Watcher[])

const statusOf = (world: World, at: string): 'Up' | 'Down' | 'ended' => {
  const [process = '', id = ''] = at.split('/')
  if (world.failed().some((one) => one.process === process && one.instance === id && one.parked)) return 'Down'
  return world.states()[process]?.[id] === undefined ? 'ended' : 'Up'
}

/** When worlds begin. */
const began = Date.UTC(2026, 0, 1)
// Clocks are off by this at most, and an order is under way.
const slackMs = hour

export const wardClaims = {
  'down and up take turns': (world: World) =>
    watchers(world).flatMap(({ log: kept, watched }) =>
      Object.entries(kept).flatMap(([at, words]) => {
        const turns = words.map((word) => word === 'Up')
        // Whom a heartbeat watches is watched anew after its end.
        const twice = turns.some((up, n) => up === turns[n - 1] && (watched !== undefined || words[n - 1] !== 'ended'))
        return twice || turns[0] === true ? [`of ${at} was told ${words.join()}`] : []
      }),
    ),
  'nobody is believed to be what it is not': (world: World) =>
    watchers(world).flatMap(({ log: kept, watched }) =>
      (watched ?? Object.keys(kept)).flatMap((at) => {
        const believed = kept[at]?.at(-1) ?? 'Up'
        const is = statusOf(world, at)
        const same = (believed === 'Up') === (is === 'Up')
        return same || (watched === undefined && believed === 'ended') ? [] : [`${at} is ${is}, and believed to be ${believed}`]
      }),
    ),
  'who stands still is known in time': (world: World) => wrong.get(world) ?? [],
  'no timer outlives a restart': (world: World) =>
    ['patient', 'guest'].flatMap((name) =>
      Object.values((world.states()[name] ?? {}) as { readonly [id: string]: { readonly wrong: readonly string[] } }).flatMap(
        (one) => one.wrong,
      ),
    ),
  'no supervisor goes over the limit': (world: World) => {
    const orders = world
      .resolved()
      .filter(
        ({ by = '', how, round, why }) =>
          /^(nurse|aide|matron)\//.test(by) && (how === 'redriven' ? round > 0 : why?.startsWith('restarted')),
      )
    return [...Map.groupBy(orders, ({ process, instance, by }) => `${by} of ${process}/${instance}`)].flatMap(([who, all]) => {
      const times = all.map(({ at }) => at).toSorted((a, b) => a - b)
      const over = times.some((at, n) => (times[n + most] ?? Number.POSITIVE_INFINITY) - at < withinMs - slackMs)
      return over ? [`${who} ordered more than ${most} times a day`] : []
    })
  },
  'who orders too often is told so once a day': (world: World) => {
    const days = 1 + Math.ceil((world.now().getTime() - began) / (withinMs - slackMs))
    const told = world.sent.filter(({ type }) => type === '~escalate')
    const nameOf = ({ process, instance, id, round }: Failed): string => `${process}/${instance} ${id} ${round}`
    return [...Map.groupBy(told, ({ to, body }) => `${to} of ${nameOf(body as Failed)}`)].flatMap(([what, all]) =>
      all.length > days ? [`${what} ${all.length} times in ${days} days`] : [],
    )
  },
  'what a supervisor cannot mend is passed on': (world: World) => {
    const asked = world.sent.filter(({ to, type }) => to.startsWith('nurse/') && type === '~escalate')
    const passed = world.sent.filter(({ to, body }) => to.startsWith('matron/') && (body as Partial<Failed>).exhausted === true)
    return asked.length === passed.length || [`${asked.length} failures were to be passed on, and ${passed.length} were`]
  },
  'a supervisor’s own is told of each failure once': (world: World) =>
    (Object.values(world.states().matron ?? {}) as { readonly told: readonly string[] }[]).flatMap(({ told }) =>
      new Set(told).size === told.length ? [] : [`the matron was told ${told.join('; ')}`],
    ),
}
