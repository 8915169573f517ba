// Permits that run out: the rules that leases, semaphores and elections share. A permit is free again only by a commit of this instance.
//
// No clock is read. That a time to live is over is a timer's message like any other: what was committed before it counts.
import { CallFailed } from '../core/call.ts'
import type { Context } from '../core/context.ts'
import type { Bodies, Senders } from '../core/contract.ts'
import { milliseconds } from '../core/duration.ts'
import type { Out } from '../core/schema.ts'
import { instance, type Teller } from './notices.ts'
import { count, duration, either, flag, just, list, object, oneOf, optional, text } from './shape.ts'

/** Spread them into the messages of whoever holds leases or permits: `contract('worker', { messages: { ...holderNotices, … } })`. */
export const holderNotices = {
  /** Its turn in the line has come. `ttl` in milliseconds, from a time that it cannot know: who relies on time renews first. */
  Granted: object({ of: instance, holder: text, token: count, ttl: count }),
  /** `expired`: it was not renewed in time. `not-granted`: its wait is over, and `token` is 0. */
  Lost: object({ of: instance, holder: text, token: count, reason: oneOf('expired', 'not-granted') }),
}
export type HolderNotices = typeof holderNotices

/** How an acquisition came out: with the fencing token and the time to live in ms, or with the place in the line, 0 for none. */
const acquired = either(object({ held: just(true), token: count, ttl: count }), object({ held: just(false), place: count }))
export type Acquired = Out<typeof acquired>

export const permitCalls = {
  /** Asked again by its holder it is renewed; by one who waits it keeps its place. `wait`: how long to stand in the line if it is not free. */
  Acquire: {
    request: object({ holder: text, ttl: duration, wait: optional(duration), notify: optional(instance) }),
    reply: acquired,
  },
  /** Sets the time to live anew. CallFailed `not-held` if it is not held under this token any more. */
  Renew: { request: object({ holder: text, token: count, ttl: duration }), reply: object({ ttl: count }) },
  /** Gives back what is held under the token; without a token it leaves the line. `released`: whether there was anything. */
  Release: { request: object({ holder: text, token: optional(count) }), reply: object({ released: flag }) },
}

const hold = object({ holder: text, token: count, notify: optional(instance) })
const waiting = object({ holder: text, ticket: count, ttl: count, notify: optional(instance) })

export const permitState = object({
  /** The last that was given; 0 before the first. */
  token: count,
  /** The last number that was drawn in the line. */
  ticket: count,
  held: list(hold),
  line: list(waiting),
  /** Whether any was granted since the last look. */
  used: flag,
})
export type PermitState = Out<typeof permitState>
export const noPermits = (): PermitState => ({ token: 0, ticket: 0, held: [], line: [], used: false })

export const permitTimers = {
  Expire: object({ token: count }),
  GiveUp: object({ ticket: count }),
  Forget: object({}),
}

export type PermitContext = Context<
  string,
  PermitState,
  string,
  Senders<typeof permitTimers, never, void>,
  Bodies<typeof permitTimers>
>

type Ask = Out<typeof permitCalls.Acquire.request>
type Hold = Out<typeof hold>

/** Permits in one instance, and places in its line: each has a timer. */
export const permitsMax = 400
const lineMax = 400
/** Longer than a message is taken after it was sent (90 days), so that a life begun anew has greater tokens. */
const forgetMs = milliseconds('100 days')

const holdTimer = (token: number): string => `hold-${token}`
const waitTimer = (ticket: number): string => `wait-${ticket}`

/** The rules at one message. */
export interface Permits {
  readonly acquire: (ask: Ask) => Acquired
  readonly renew: (ask: Out<typeof permitCalls.Renew.request>) => { ttl: number }
  readonly release: (ask: Out<typeof permitCalls.Release.request>) => { released: boolean }
  readonly expire: (token: number) => void
  readonly giveUp: (ticket: number) => void
  /** The instance ends where nobody has needed it for long: its tokens begin at the time then. */
  readonly forget: () => void
}

/** @param permits how many may be held at once @param teller of the same handler */
export const permitsOf = (ctx: PermitContext, permits: number, teller: Teller<HolderNotices>): Permits => {
  const { state, self } = ctx

  // Again and again: were the message of a timer to fail for good, the permit would be held for ever.
  const expireAfter = (ttl: number, token: number): void => ctx.every(ttl, { name: holdTimer(token) }).Expire({ token })

  // A life begins with the time as its token and counts from there, so that no later life repeats one.
  const grant = ({ holder, ttl, notify }: Pick<Ask, 'holder' | 'ttl' | 'notify'>): Hold => {
    if (state.token === 0) ctx.every(forgetMs, { name: 'forget' }).Forget()
    state.token = state.token === 0 ? ctx.now.getTime() : state.token + 1
    state.used = true
    const granted = { holder, token: state.token, ...(notify !== undefined && { notify }) }
    state.held.push(granted)
    expireAfter(ttl, granted.token)
    return granted
  }

  const serveLine = (): void => {
    while (state.held.length < permits) {
      const next = state.line.shift()
      if (next === undefined) return
      ctx.cancel(waitTimer(next.ticket))
      const { holder, token, notify } = grant(next)
      teller.to(notify)?.Granted({ of: self, holder, token, ttl: next.ttl })
    }
  }

  const standInLine = ({ holder, ttl, wait, notify }: Ask): number => {
    const standing = state.line.findIndex((one) => one.holder === holder)
    if (standing === -1 && wait === undefined) return 0
    if (standing === -1 && state.line.length >= lineMax)
      throw new CallFailed('line-full', `${lineMax} wait for ${self.process}/${self.id} already: ask again later`)
    const before = state.line[standing]
    const ticket = before?.ticket ?? ++state.ticket
    const place = standing === -1 ? state.line.length : standing
    const told = notify ?? before?.notify
    state.line[place] = { holder, ticket, ttl, ...(told !== undefined && { notify: told }) }
    if (wait !== undefined) ctx.every(wait, { name: waitTimer(ticket) }).GiveUp({ ticket })
    return place + 1
  }

  const heldUnder =
    (holder: string, token: number) =>
    (one: Hold): boolean =>
      one.holder === holder && one.token === token

  const leaveLine = (holder: string): boolean => {
    const left = taken(state.line, (one) => one.holder === holder)
    if (left !== undefined) ctx.cancel(waitTimer(left.ticket))
    return left !== undefined
  }

  return {
    acquire: (ask) => {
      teller.demand(ask.notify)
      // More permits than before may have come with a deploy: whoever waits goes first.
      serveLine()
      const own = state.held.find(({ holder }) => holder === ask.holder)
      if (own !== undefined) {
        if (ask.notify !== undefined) own.notify = ask.notify
        expireAfter(ask.ttl, own.token)
        return { held: true, token: own.token, ttl: ask.ttl }
      }
      if (state.held.length >= permits) return { held: false, place: standInLine(ask) }
      return { held: true, token: grant(ask).token, ttl: ask.ttl }
    },
    renew: ({ holder, token, ttl }) => {
      if (!state.held.some(heldUnder(holder, token)))
        throw new CallFailed(
          'not-held',
          `${holder} does not hold ${self.process}/${self.id} under token ${token}: stop, it may be another’s`,
        )
      expireAfter(ttl, token)
      return { ttl }
    },
    release: ({ holder, token }) => {
      if (token === undefined) return { released: leaveLine(holder) }
      if (taken(state.held, heldUnder(holder, token)) === undefined) return { released: false }
      ctx.cancel(holdTimer(token))
      serveLine()
      return { released: true }
    },
    expire: (token) => {
      ctx.cancel(holdTimer(token))
      const lost = taken(state.held, (one) => one.token === token)
      if (lost === undefined) return
      teller.to(lost.notify)?.Lost({ of: self, holder: lost.holder, token, reason: 'expired' })
      serveLine()
    },
    giveUp: (ticket) => {
      ctx.cancel(waitTimer(ticket))
      const gone = taken(state.line, (one) => one.ticket === ticket)
      if (gone !== undefined) teller.to(gone.notify)?.Lost({ of: self, holder: gone.holder, token: 0, reason: 'not-granted' })
    },
    forget: () => {
      if (!state.used && state.held.length === 0) ctx.end()
      state.used = false
    },
  }
}

/** Takes the one out of the list that is meant; undefined if there is none. */
const taken = <T>(from: T[], isMeant: (one: T) => boolean): T | undefined => {
  const index = from.findIndex(isMeant)
  return index === -1 ? undefined : from.splice(index, 1)[0]
}
