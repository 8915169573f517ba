// An app of flows that do all that flows can, with code of an earlier deploy, and a workload that begins them, pays them and cancels them.
import * as z from 'zod'
import {
  type App,
  CallFailed,
  contract,
  type Deploy,
  defineApp,
  defineProcess,
  type FlowContextOf,
  flow,
  type Process,
} from '../../lib/index.ts'
import type { Random, World } from '../../lib/sim/index.ts'

/** `well`: at once; `stumbles`: at its third try; `fails`: never; `hangs`: its function comes to no end. */
const mood = z.enum(['well', 'stumbles', 'fails', 'hangs'])
type Mood = z.output<typeof mood>
const act = z.object({
  do: z.enum(['step', 'sides', 'sleep', 'pay', 'receive', 'await', 'race', 'tell', 'quote', 'fail']),
  ms: z.int().positive(),
  mood,
})
type Act = z.output<typeof act>
const spec = {
  messages: {
    /** Begins a flow of these acts. */
    Go: z.object({ n: z.int(), acts: z.array(act) }),
    Paid: z.object({ m: z.int() }),
    /** Taken by a handler where no flow runs. */
    Word: z.object({ m: z.int() }),
    Touch: z.object({}),
    End: z.object({}),
  },
  calls: { Quote: { request: z.object({ n: z.int(), mood }), reply: z.object({ n: z.int(), worth: z.int() }) } },
}
const Trip = contract('trip', spec)
const Tour = contract('tour', spec)
const Till = contract('till', {
  messages: { Void: z.object({ n: z.int() }) },
  calls: {
    Take: { request: z.object({ n: z.int(), mood }), reply: z.object({ n: z.int() }) },
    Give: { request: z.object({ n: z.int() }), reply: z.object({}) },
  },
})
const Diary = contract('diary', { messages: { Told: z.object({ n: z.int(), i: z.int() }) } })

const state = z.object({
  begun: z.array(z.int()),
  done: z.array(z.int()),
  undone: z.array(z.int()),
  /** What steps said, by flow and act: each time that the flow looks at it. */
  said: z.record(z.string(), z.array(z.int())),
  received: z.array(z.int()),
  words: z.array(z.int()),
  touched: z.int(),
  receipts: z.array(z.int()),
  wrong: z.array(z.string()),
})
type State = z.output<typeof state>

/** A service outside: what was done under each key, with another result each time. */
let service = new Map<string, number[]>()
let doings = 0
const does = (key: string, how: Mood): number | Promise<number> => {
  if (how === 'hangs') return new Promise(() => {})
  const results = service.get(key) ?? []
  service.set(key, results)
  doings += 1
  results.push(how === 'fails' || (how === 'stumbles' && results.length < 2) ? -1 : doings)
  if (results.at(-1) === -1) throw new Error('the service is down')
  return doings
}

/** Clocks of environments are off by a minute at most, each. */
const skewMs = 120_000

/** What does not come in time is done without. */
const inTime = async (act: () => Promise<void>): Promise<void> => {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof CallFailed) || error.code !== 'deadline') throw error
  }
}

const touring = (own: typeof Trip | typeof Tour, deploy: Deploy, generation: 'old' | 'new'): Process => {
  const definition = defineProcess(own, {
    state,
    uses: [Till, Diary, Trip, Tour],
    deploy: { timers: true, onFailure: 'setAside', ...deploy },
  })
  type Ctx = FlowContextOf<typeof definition>
  const tell = (ctx: Ctx, name: string, value: number): Promise<number> =>
    ctx.update(({ said }) => {
      said[name] ??= []
      return said[name].push(value)
    })
  const retry = { attempts: 4, delay: '5s' } as const
  const giveBack = (ctx: Ctx, n: number) => async () => {
    try {
      await ctx.sleep('1s')
      await ctx.call(Till, 'all').Give({ n }, { within: '10m' })
    } catch {
      ctx.send(Till, 'all').Void({ n })
    }
  }

  const perform = async (ctx: Ctx, n: number, i: number, { do: what, ms, mood: how }: Act, said: Map<string, number>) => {
    const step = async (part: string): Promise<void> => {
      const value = await ctx.step(`act ${i}${part}`, (key) => does(key, how), { retry })
      said.set(`${n}/${i}${part}`, value)
      await tell(ctx, `${n}/${i}${part}`, value)
    }
    const note = ({ m }: { readonly m: number }) => ctx.update(({ received }) => received.push(m))
    const before = ctx.now.getTime()
    switch (what) {
      case 'step':
        return step('')
      case 'sides': {
        const late = async () => {
          await ctx.sleep(ms)
          await tell(ctx, `${n}/${i}late`, 0)
        }
        return void (await ctx.all([step('a'), late(), step('b')]))
      }
      case 'sleep': {
        await ctx.sleep(ms)
        if (ctx.now.getTime() < before + ms - skewMs) await ctx.update(({ wrong }) => wrong.push(`${n} slept too short`))
        return
      }
      case 'pay':
        ctx.compensate(giveBack(ctx, n))
        return void (await ctx.call(Till, 'all').Take({ n, mood: how }, { within: ms }))
      case 'receive':
        return inTime(async () => void (await note(await ctx.receive('Paid', { within: ms }))))
      case 'await':
        return void (await note(await ctx.receive('Paid')))
      case 'race': {
        const first = await ctx.race({ paid: ctx.receive('Paid'), word: ctx.receive('Word'), late: ctx.sleep(ms) })
        if (first.won !== 'late') await note(first.value)
        return
      }
      case 'tell':
        return ctx.send(Diary, 'all').Told({ n, i })
      case 'quote':
        return inTime(async () => {
          const { n: same, worth } = await ctx.call(Tour, 'quoting').Quote({ n, mood: how }, { within: ms })
          if (same !== n || worth < 0) await ctx.update(({ wrong }) => wrong.push(`${n} was quoted the worth of ${same}`))
        })
      case 'fail':
        // It does not wait for what it asks last.
        ctx
          .call(Tour, 'quoting')
          .Quote({ n, mood: how })
          .catch(() => {})
        throw new Error('this trip fails')
    }
  }

  return definition.handle({
    initial: () => ({ begun: [], done: [], undone: [], said: {}, received: [], words: [], touched: 0, receipts: [], wrong: [] }),
    on: {
      Go: flow(async (ctx, { n, acts }) => {
        await ctx.update(({ begun }) => begun.push(n))
        ctx.compensate(() => void ctx.update(({ undone }) => undone.push(n)))
        const said = new Map<string, number>()
        for (const [i, one] of acts.entries()) await perform(ctx, n, i, one, said)
        for (const [name, value] of said) await tell(ctx, name, value)
        // What the earlier code does not do stands behind all that it leaves in a journal.
        if (generation === 'new') {
          const receipt = await ctx.step('receipt', (key) => does(key, 'well'))
          await ctx.update(({ receipts }) => receipts.push(receipt))
        }
        await ctx.update(({ done }) => done.push(n))
      }),
      Paid: flow.receives,
      Word: flow.receivesOr((ctx, { m }) => void ctx.state.words.push(m)),
      Touch(ctx) {
        ctx.state.touched += 1
      },
      End: (ctx) => ctx.end(),
    },
    answer: {
      Quote: flow(async (ctx, { n, mood: how }) => {
        await ctx.sleep('2s')
        return { n, worth: await ctx.step('quote', (key) => does(key, how), { retry }) }
      }),
    },
  })
}

const till = defineProcess(Till, {
  /** By flow: how often its money was taken and given back, and whether it is to stay where it is. */
  state: z.object({ taken: z.array(z.int()), given: z.array(z.int()), voided: z.array(z.int()) }),
  deploy: { onFailure: 'setAside' },
}).handle({
  initial: () => ({ taken: [], given: [], voided: [] }),
  on: {
    Void(ctx, { n }) {
      ctx.state.voided.push(n)
    },
  },
  answer: {
    Take(ctx, { n, mood: how }) {
      const { taken, given, voided } = ctx.state
      if (how === 'fails') throw new CallFailed('broke', 'there is nothing to take')
      if (given.includes(n) || voided.includes(n)) throw new CallFailed('void', 'it was given back before')
      taken.push(n)
      return { n }
    },
    Give(ctx, { n }) {
      ctx.state.given.push(n)
      return {}
    },
  },
})
const diary = defineProcess(Diary, {
  state: z.object({ told: z.array(z.string()) }),
  deploy: { onFailure: 'setAside' },
}).handle({
  initial: () => ({ told: [] }),
  on: {
    Told(ctx, { n, i }) {
      ctx.state.told.push(`${n}/${i}`)
    },
  },
})

export const trips: App = defineApp('trips', import.meta.url, [
  touring(Trip, {}, 'new'),
  touring(Tour, { mailbox: 'unordered' }, 'new'),
  till,
  diary,
])
export const earlierTrips: readonly Process[] = [touring(Trip, {}, 'old'), touring(Tour, { mailbox: 'unordered' }, 'old')]

/** As `trips`, where few deaths are enough. */
export const squalls: App = defineApp('squalls', import.meta.url, [
  touring(Trip, { attempts: 3 }, 'new'),
  touring(Tour, { mailbox: 'unordered', attempts: 3 }, 'new'),
  till,
  diary,
])

/** As `trips`, which stand still on what fails for good. */
export const halts: App = defineApp('halts', import.meta.url, [
  touring(Trip, { onFailure: 'park' }, 'new'),
  touring(Tour, { mailbox: 'unordered', onFailure: 'park' }, 'new'),
  till,
  diary,
])

const minute = 60_000
const day = 1440 * minute
const spans = [1000, 20_000, 2 * minute, 16 * minute, 90 * minute, 2 * day]
const moods = ['well', 'well', 'well', 'well', 'well', 'stumbles', 'stumbles', 'fails', 'hangs'] as const

const usual = ['step', 'step', 'sides', 'sleep', 'pay', 'pay', 'receive', 'receive', 'await', 'race', 'tell', 'quote'] as const
const receiving: ReadonlySet<string> = new Set(['receive', 'await', 'race'])

const drawAct = (random: Random): Act => ({
  do: random.chance(0.04) ? 'fail' : random.pick(usual),
  ms: random.pick(spans),
  mood: random.pick(moods),
})

interface Going {
  readonly n: number
  readonly at: string
  readonly acts: readonly Act[]
  /** Whether all flows of its instance were cancelled behind it. */
  cancelled: boolean
}
interface Book {
  readonly goings: Going[]
  readonly service: ReadonlyMap<string, readonly number[]>
  /** Addresses of instances whose flows were cancelled. */
  readonly cancels: Set<string>
  touches: number
}
const books = new WeakMap<World, Book>()
const bookOf = (world: World): Book => books.get(world) ?? { goings: [], service: new Map(), cancels: new Set(), touches: 0 }

/** Begins flows at few instances, and lets messages and cancellations come while they run. */
export const travel = async (world: World, random: Random): Promise<void> => {
  service = new Map()
  doings = 0
  const book: Book = { goings: [], service, cancels: new Set(), touches: 0 }
  books.set(world, book)
  for (let n = random.between(3, 9); n > 0; n -= 1) {
    say(world, random, book, n)
    if (random.chance(0.5)) await world.advance(random.int(random.pick([1000, 30_000, 20 * minute, 3 * day])))
  }
  if (random.chance(0.5)) await world.advance('5 days')
}

/** As `travel`, where somebody gives up some of what instances stand still on. */
export const hesitate = async (world: World, random: Random): Promise<void> => {
  await travel(world, random)
  for (let n = 0; n < 3; n += 1) {
    for (const one of world.failed()) if (one.parked && random.chance(0.4)) world.discard(one, { why: 'a test' })
    await world.advance(random.int(20 * minute))
  }
}

// What is sent comes mostly where somebody may wait for it.
const whereTo = (random: Random, { goings }: Book): readonly [typeof Trip | typeof Tour, string] => {
  const open = goings.filter(({ acts }) => acts.some((one) => receiving.has(one.do))).at(-1)
  if (open === undefined || random.chance(0.3)) return [random.pick([Trip, Trip, Tour]), random.pick(['a', 'a', 'b'])]
  const to = open.at.startsWith('trip/') ? Trip : Tour
  return [to, open.at.slice(to.name.length + 1)]
}

const say = (world: World, random: Random, book: Book, n: number): void => {
  const [to, id] = whereTo(random, book)
  const at = `${to.name}/${id}`
  const options = random.chance(0.4) ? { key: `trip-${n}` } : {}
  const doing = random.next()
  if (doing < 0.5) {
    const acts = Array.from({ length: random.between(1, 5) }, () => drawAct(random))
    book.goings.push({ n, at, acts, cancelled: false })
    world.send(to, id).Go({ n, acts }, options)
  } else if (doing < 0.75) world.send(to, id).Paid({ m: n }, options)
  else if (doing < 0.83) world.send(to, id).Word({ m: n }, options)
  else if (doing < 0.9) {
    book.touches += 1
    world.send(to, id).Touch({}, options)
  } else if (doing < 0.97) {
    book.cancels.add(at)
    for (const one of book.goings) if (one.at === at) one.cancelled = true
    world.cancel(to, id)
  } else world.send(to, 'end').End({}, options)
}

const instances = (world: World): readonly (readonly [at: string, state: State])[] =>
  ['trip', 'tour'].flatMap((process) =>
    Object.entries(world.states()[process] ?? {}).map(([id, held]) => [`${process}/${id}`, held as State] as const),
  )
const times = (list: readonly unknown[], one: unknown): number => list.filter((other) => other === one).length
const twice = <T>(list: readonly T[]): readonly T[] => list.filter((one, n) => list.indexOf(one) !== n)

/** Messages that were set aside at an instance by the plan, or since the function died too often. */
const lostAt = (world: World, at: string): number =>
  world
    .failed()
    .filter(({ process, instance }) => `${process}/${instance}` === at)
    .filter(({ code, planned }) => code === 'handler-died' || (planned && code !== 'flow-failed')).length

/** Flows of an instance that could not go on: they are over, and neither done nor undone. */
const givenUpAt = (world: World, at: string): number =>
  [...world.failed(), ...world.resolved()].filter(
    ({ process, instance, type, reason }) => `${process}/${instance}` === at && type === 'Go' && reason.includes('is given up'),
  ).length

const isDisturbed = (world: World): boolean => Object.values(world.faults.counts).some(({ injected }) => injected > 0)
const untilMs = (acts: readonly Act[]): number => acts.reduce((sum, { ms }) => sum + ms + 60 * minute, 0)

/** For worlds in which no function dies: then nobody may be held for dead. */
export const nobodyDies = (world: World): readonly string[] =>
  world
    .failed()
    .flatMap(({ id, reason, code }) => (`${code} ${reason}`.includes('handler-died') ? [`${id} failed: ${reason}`] : []))

export const tripClaims = {
  'nothing went wrong that flows can see': (world: World) =>
    instances(world).flatMap(([at, { wrong }]) => wrong.map((one) => `${at}: ${one}`)),
  'each flow begins once, and is done or undone once': (world: World) =>
    instances(world).flatMap(([at, { begun, done, undone }]) => [
      ...twice(begun).map((n) => `${at} began ${n} twice`),
      ...twice([...done, ...undone]).map((n) => `${at} came to the end of ${n} twice`),
      ...[...done, ...undone].filter((n) => !begun.includes(n)).map((n) => `${at} ended ${n}, which it never began`),
    ]),
  'what is begun comes to its end': (world: World) =>
    instances(world).flatMap(([at, { begun, done, undone }]) => {
      const over = ({ acts, cancelled }: Going): boolean =>
        (cancelled && at.startsWith('trip/')) ||
        (!acts.some((one) => one.do === 'await') && acts.every(({ ms }) => ms < day) && untilMs(acts) < day / 2)
      const waiting = begun.filter((n) => !done.includes(n) && !undone.includes(n))
      const stuck = waiting.filter((n) => bookOf(world).goings.some((one) => one.n === n && over(one)))
      return stuck.slice(givenUpAt(world, at)).map((n) => `${at} never came to the end of ${n}`)
    }),
  'what fails is kept': (world: World) => {
    const kept = world.failed().filter(({ code, type }) => code === 'flow-failed' && type === 'Go')
    const ns = new Set(kept.map(({ body }) => (body as { readonly n: number }).n))
    const { goings, cancels } = bookOf(world)
    const failed = goings.filter(({ at }) => !cancels.has(at))
    return instances(world).flatMap(([at, { undone }]) =>
      undone.filter((n) => failed.some((one) => one.n === n) && !ns.has(n)).map((n) => `${at} failed ${n}, and did not keep it`),
    )
  },
  'a flow that nothing disturbs fails only where it is to': (world: World) => {
    if (isDisturbed(world)) return true
    const { goings, cancels } = bookOf(world)
    const mayFail = ({ do: what, mood: how }: Act): boolean =>
      what === 'fail' || what === 'pay' || how === 'fails' || how === 'hangs'
    const sound = goings.filter(({ at, acts }) => !cancels.has(at) && !acts.some(mayFail))
    return instances(world).flatMap(([at, { undone }]) =>
      undone.filter((n) => sound.some((one) => one.n === n)).map((n) => `${at} failed ${n}`),
    )
  },
  'a step has one result for ever, which the service gave': (world: World) => {
    const given = new Set([...bookOf(world).service.values()].flat())
    return instances(world).flatMap(([at, { said }]) =>
      Object.entries(said).flatMap(([name, values]) => [
        ...(new Set(values).size === 1 ? [] : [`${at} had several results of ${name}: ${values.join()}`]),
        ...values.filter((value) => value !== 0 && !given.has(value)).map((value) => `${at} has ${value} of ${name}`),
        ...(values.length <= 2 ? [] : [`${at} says ${name} ${values.length} times`]),
      ]),
    )
  },
  'a step that nothing disturbs is done once': (world: World) => {
    if (isDisturbed(world)) return true
    return [...bookOf(world).service].flatMap(([key, results]) =>
      results.filter((one) => one !== -1).length <= 1 ? [] : [`${key} was done ${results.length} times`],
    )
  },
  'what is undone is given back, and what is done is not': (world: World) => {
    const held = world.states().till?.all as
      | { readonly taken: number[]; readonly given: number[]; readonly voided: number[] }
      | undefined
    const { taken = [], given = [], voided = [] } = held ?? {}
    const lost = lostAt(world, 'till/all')
    const back = (n: number): boolean => given.includes(n) || voided.includes(n)
    const paying = (n: number): number =>
      (bookOf(world).goings.find((one) => one.n === n)?.acts ?? []).filter((one) => one.do === 'pay').length
    const missing = instances(world).flatMap(([at, { undone }]) =>
      undone.filter((n) => taken.includes(n) && !back(n)).map((n) => `${at} undid ${n}, and did not give it back`),
    )
    return [
      ...missing.slice(lost),
      ...instances(world).flatMap(([at, { done }]) => done.filter(back).map((n) => `${at} has done ${n}, and gave it back`)),
      ...[...new Set(taken)].filter((n) => times(taken, n) > paying(n)).map((n) => `${n} was taken too often`),
      ...[...new Set(given)].filter((n) => times(given, n) > paying(n)).map((n) => `${n} was given back too often`),
      ...[...new Set(voided)].filter((n) => times(voided, n) > paying(n)).map((n) => `${n} was voided too often`),
    ]
  },
  'each message for flows comes to one of them': (world: World) =>
    instances(world).flatMap(([at, { received, words }]) =>
      twice([...received, ...words]).map((m) => `${at} received ${m} twice`),
    ),
  'what flows send is sent once, and comes': (world: World) => {
    const { told } = (world.states().diary?.all as { readonly told: readonly string[] } | undefined) ?? { told: [] }
    const done = instances(world).flatMap(([, state]) => state.done)
    const missing = bookOf(world).goings.flatMap(({ n, acts }) =>
      acts.flatMap((one, i) =>
        one.do === 'tell' && done.includes(n) && !told.includes(`${n}/${i}`) ? [`${n}/${i} was not told`] : [],
      ),
    )
    return [...twice(told).map((one) => `${one} was told twice`), ...missing.slice(lostAt(world, 'diary/all'))]
  },
  'each touch counts once': (world: World) => {
    const touched = instances(world).reduce((sum, [, state]) => sum + state.touched, 0)
    const { touches } = bookOf(world)
    const missing = [...world.failed(), ...world.resolved().filter(({ how }) => how === 'discarded')]
    return touched === touches - missing.filter(({ type }) => type === 'Touch').length || [`${touched} of ${touches}`]
  },
}
