// Worlds of leases, semaphores and elections: workers that take them by queued calls, clients that take them by direct ones, and what must hold.
import * as z from 'zod'
import type * as Coordination from '../../lib/coordination/index.ts'
import { type ContextOf, contract, defineProcess, outcomeOf } from '../../lib/index.ts'
import type { Random, World } from '../../lib/sim/index.ts'
import type { Trial } from '../proof/hunting.ts'
import { audited, type Entry, logsOf } from './audit.ts'
import { type Recorder, recorderOf } from './history.ts'
import { leaseModel, linearize } from './linearizable.ts'

type Door = typeof Coordination

interface State {
  readonly token: number
  readonly held: readonly { readonly holder: string; readonly token: number; readonly notify?: object }[]
  readonly line: readonly { readonly holder: string; readonly ticket: number }[]
}
type PermitEntry = Entry<State>

const permits = 3
const ways = ['release', 'renew', 'die'] as const

/** A worker that wants a permit, holds it for a while, and gives it back, renews it once, or forgets it. */
const workers = ({ Lease, Semaphore, holderNotices }: Door) => {
  const Worker = contract('worker', {
    messages: {
      ...holderNotices,
      Want: z.object({ of: z.enum(['lease', 'semaphore']), id: z.string(), ttl: z.int(), wait: z.int(), way: z.enum(ways) }),
    },
  })
  const definition = defineProcess(Worker, {
    state: z.object({
      of: z.enum(['lease', 'semaphore']),
      id: z.string(),
      ttl: z.int(),
      way: z.enum(ways),
      holds: z.array(z.int()),
      lost: z.array(z.int()),
    }),
    uses: [Lease, Semaphore],
    deploy: { onFailure: 'setAside' },
    internal: {
      Asked: outcomeOf(Lease, 'Acquire'),
      Renewed: outcomeOf(Lease, 'Renew'),
      Released: outcomeOf(Lease, 'Release'),
      Done: z.object({ token: z.int() }),
    },
  })
  type Ctx = ContextOf<typeof definition>
  const ask = (ctx: Ctx) => (ctx.state.of === 'lease' ? ctx.request(Lease, ctx.state.id) : ctx.request(Semaphore, ctx.state.id))
  const begin = (ctx: Ctx, token: number): void => {
    ctx.state.holds.push(token)
    if (ctx.state.way !== 'die') ctx.after(Math.ceil(ctx.random() * ctx.state.ttl * 1.2)).Done({ token })
  }
  const worker = definition.handle({
    initial: () => ({ of: 'lease', id: '-', ttl: 0, way: 'die', holds: [], lost: [] }),
    on: {
      Want: (ctx, { wait, ...want }) => {
        ctx.state = { ...ctx.state, ...want }
        const asked = { holder: `w${ctx.self.id}`, ttl: want.ttl, wait, notify: ctx.self }
        ask(ctx).Acquire(asked, { outcome: 'Asked' })
      },
      Asked: (ctx, result) => {
        if (result.ok && result.reply.held) begin(ctx, result.reply.token)
      },
      Granted: (ctx, { token }) => begin(ctx, token),
      Lost: (ctx, { token }) => void ctx.state.lost.push(token),
      Done: (ctx, { token }) => {
        const holder = `w${ctx.self.id}`
        if (ctx.state.way === 'renew') ask(ctx).Renew({ holder, token, ttl: ctx.state.ttl }, { outcome: 'Renewed' })
        else ask(ctx).Release({ holder, token }, { outcome: 'Released' })
      },
      Renewed: () => {},
      Released: () => {},
    },
  })
  return { Worker, worker }
}

/** Of the processes that are under audit. */
const always = ['Renew', 'Acquire', 'Expire', 'GiveUp']

/** A lease and a semaphore that workers and clients want at random. @param of which of both */
export const permitTrial = (door: Door, of: 'lease' | 'semaphore'): Trial & { readonly recorders: WeakMap<World, Recorder> } => {
  const { Worker, worker } = workers(door)
  const { Lease, Semaphore, leaseProcess, semaphoreProcess } = door
  const recorders = new WeakMap<World, Recorder>()
  const workload = async (world: World, random: Random): Promise<void> => {
    const recorder = recorderOf(world, ['not-held', 'line-full'])
    recorders.set(world, recorder)
    const under = of === 'lease' ? world.call(Lease, 'a') : world.call(Semaphore, 'a')
    const client = async (name: string, rounds: number): Promise<void> => {
      for (let n = 0; n < rounds; n += 1) {
        const ttl = random.between(1000, 60_000)
        const request = { holder: name, ttl, ...(random.chance(0.5) && { wait: random.between(1000, 90_000) }) }
        const key = `${name}-${n}`
        const got = await recorder.ask(name, 'Acquire', request, () => under.Acquire(request, { key }))
        if (got?.held !== true || random.chance(0.2)) continue
        if (random.chance(0.4)) {
          const renew = { holder: name, token: got.token, ttl }
          await recorder.ask(name, 'Renew', renew, () => under.Renew(renew, { key: `${key}-renew` }))
        }
        const release = { holder: name, token: got.token }
        if (random.chance(0.7))
          await recorder.ask(name, 'Release', release, () => under.Release(release, { key: `${key}-release` }))
      }
    }
    for (let n = random.between(0, 3); n > 0; n -= 1) void client(`c${n}`, random.between(1, 6))
    for (let n = random.between(3, 12); n > 0; n -= 1) {
      const want = { of, id: 'a', ttl: random.between(1000, 60_000), wait: random.between(1000, 300_000), way: random.pick(ways) }
      // Each worker wants once: one that wants again while it waits keeps its place.
      world.send(Worker, String(n)).Want(want, { key: `want-${n}` })
      if (random.chance(0.6)) await world.advance(random.int(30_000))
    }
    // Long after, the instance has ended, and begins again.
    if (random.chance(0.2)) {
      await world.advance('20m')
      await client('early', 4)
      await world.advance('201 days')
      void client('late', 2)
    }
  }
  return {
    app: [
      worker,
      audited(leaseProcess({ holders: [Worker] }), always),
      audited(semaphoreProcess({ permits, holders: [Worker] }), always),
    ],
    workload,
    invariants: permitClaims(of, of === 'lease' ? 1 : permits, recorders),
    recorders,
  }
}

const tokensOf = ({ held }: State): readonly number[] => held.map(({ token }) => token)

const permitClaims = (process: 'lease' | 'semaphore', most: number, recorders: WeakMap<World, Recorder>): Trial['invariants'] => {
  const each = (broken: (entry: PermitEntry) => boolean) => (world: World) =>
    logsOf<State>(world, process).flatMap(([id, log]) =>
      log.filter(broken).map((entry) => `${process}/${id} at ${JSON.stringify(entry).slice(0, 600)}`),
    )
  const granted = ({ before, after }: PermitEntry) => after.held.filter(({ token }) => !tokensOf(before).includes(token))
  const freed = ({ before, after }: PermitEntry) => before.held.filter(({ token }) => !tokensOf(after).includes(token))
  return {
    'no more are held than there are': each(({ after }) => after.held.length > most),
    'tokens grow with each grant': (world) =>
      logsOf<State>(world, process).flatMap(([id, log]) => {
        const tokens = log.flatMap((entry) => granted(entry).map(({ token }) => token))
        return tokens.every((token, n) => n === 0 || token > (tokens[n - 1] ?? 0)) ? [] : [`${process}/${id}: ${tokens.join()}`]
      }),
    'a permit is freed by its release or its expiry and nothing else': each((entry) =>
      freed(entry).some(({ token }) => {
        const { token: named } = entry.body as { readonly token?: number }
        return named !== token || (entry.type !== 'Release' && entry.type !== 'Expire')
      }),
    ),
    'what expires is free': each(
      (entry) => entry.type === 'Expire' && tokensOf(entry.after).includes((entry.body as { token: number }).token),
    ),
    'nobody waits for what is free': each(({ after }) => after.held.length < most && after.line.length > 0),
    'the line is served in its order': each((entry) => {
      const served = entry.before.line.filter(({ holder }) => granted(entry).some((one) => one.holder === holder))
      return served.some(({ ticket }, n) => entry.before.line[n]?.ticket !== ticket)
    }),
    'the line is in the order of its tickets': each(({ after: { line } }) =>
      line.some(({ ticket }, n) => n > 0 && ticket <= (line[n - 1]?.ticket ?? 0)),
    ),
    'who gives up leaves the line': each(
      ({ type, body, after: { line } }) =>
        type === 'GiveUp' && line.some(({ ticket }) => ticket === (body as { readonly ticket: number }).ticket),
    ),
    'only who holds renews': each(({ type, body, reply, before }) => {
      const { token } = body as { readonly token?: number }
      return type === 'Renew' && reply !== undefined && !tokensOf(before).includes(token ?? 0)
    }),
    'who asks first and finds it free has it': each(
      ({ type, reply, before }) => type === 'Acquire' && before.held.length < most && !(reply as { readonly held: boolean }).held,
    ),
    'in the end all is given back': (world) =>
      logsOf<State>(world, process).every(
        ([, log]) => log.at(-1)?.after.held.length === 0 && log.at(-1)?.after.line.length === 0,
      ),
    'who lost what it held is told': (world) =>
      logsOf<State>(world, process).flatMap(([, log]) =>
        log
          .filter(({ type }) => type === 'Expire')
          .flatMap((entry) => freed(entry))
          .flatMap(({ token, notify }) =>
            notify === undefined ||
            world.sent.some(({ type, body }) => type === 'Lost' && (body as { token: number }).token === token)
              ? []
              : [`nobody was told that ${token} is lost`],
          ),
      ),
    'its history is linearizable': (world) => {
      const { operations = [] } = recorders.get(world) ?? {}
      return process === 'semaphore' || linearize(operations, leaseModel) !== undefined || [JSON.stringify(operations)]
    },
    'nothing fails but what the plan makes fail': (world) =>
      world.failed().flatMap(({ planned, code, reason }) => (planned ? [] : [`${code}: ${reason}`])),
  }
}
