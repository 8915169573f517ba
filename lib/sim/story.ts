// What happened in a run, listened to from outside: who sent what, what was handled at which version, and which fault struck where.
import { type Carrier, decodeBundle } from '../core/envelope.ts'
import { nowhere } from '../core/failure.ts'
import { address } from '../core/names.ts'
import type { Entry } from '../ports/mailbox.ts'
import type { Item } from '../ports/store.ts'
import type { Strike } from './faults.ts'
import { keyOf, type Message } from './message-book.ts'
import type { Stage } from './stage.ts'

/** A message as a test reads it. */
export interface Sent {
  /** `order/42`, or `client` for what came from outside. */
  readonly from: string
  readonly to: string
  /** Empty for what is no envelope; its body is then the text. */
  readonly type: string
  readonly body: unknown
}

export const client = 'client'

export const sentOf = ({ from, receiver: to, type, text }: Message): Sent => ({
  from: from === undefined || from.startsWith('~') ? client : from,
  to,
  type,
  body: type === '' ? text : (JSON.parse(text) as { readonly body: unknown }).body,
})

/** `at`: milliseconds since the world began. */
export type Happening = { readonly at: number } & (
  | { readonly kind: 'asked'; readonly message: Message; readonly again: boolean }
  /** A handler began; `committed` says whether anything came of it. */
  | { readonly kind: 'began'; readonly message: Message; readonly run: Run }
  /** A message was applied: `version` counts the commits of the instance from 1. */
  | { readonly kind: 'handled'; readonly message: Message; readonly version: number; readonly sends: readonly Message[] }
  /** A flow went on: what it sends then it sends on behalf of its first message. */
  | { readonly kind: 'went on'; readonly message: Message; readonly version: number; readonly sends: readonly Message[] }
  | { readonly kind: 'kept'; readonly instance: string; readonly type: string; readonly code: string }
  /** `instances`: whose messages it met, as far as that is known. */
  | { readonly kind: 'struck'; readonly fault: string; readonly where: string; readonly instances: readonly string[] }
)
interface Run {
  readonly number: number
  committed: boolean
}

/** The same stage, with everything of note told to `happenings`; and what hears of strikes. */
export const recording = (
  stage: Stage,
  happenings: Happening[],
): { readonly stage: Stage; readonly struck: (strike: Strike) => void } => {
  const { ledger, trace } = stage
  const reporter = createReporter(stage, happenings)
  return {
    struck: reporter.struck,
    stage: {
      ...stage,
      trace: {
        ...trace,
        note: (...parts) => {
          trace.note(...parts)
          const [what, environment = '', ...messageIds] = parts.map(String)
          if (what === 'invokes') reporter.invoked(environment, messageIds)
          if (what === 'ends') reporter.invoked(environment, [])
        },
      },
      ledger: {
        ...ledger,
        accepted: (process, entry, carrier, outside) => {
          ledger.accepted(process, entry, carrier, outside)
          reporter.accepted(carrier.messageId, keysIn(process, entry, carrier), outside)
        },
        asked: (process, request) => {
          const answered = ledger.asked(process, request)
          const key = keyOf(request.id, address(process, request.to))
          reporter.accepted(key, [key], true)
          return answered
        },
        begin: (key, what) => {
          const number = ledger.begin(key, what)
          reporter.began(key, { number, committed: false })
          return number
        },
        written: (process, put, now) => {
          const before = ledger.commits()
          ledger.written(process, put, now)
          const { pk, sk, attributes } = put.item
          if (ledger.commits() > before) reporter.committed(address(process, pk))
          if (/^failed\/[0-9a-f]+(~[0-9]+)?$/.test(sk)) reporter.kept(address(process, pk), attributes)
        },
      },
    },
  }
}

/** What a queue message carries, as the ledger names it. */
const keysIn = (process: string, { body }: Entry, carrier: Carrier): readonly string[] =>
  decodeBundle(body, carrier).map((arrival) =>
    arrival.kind === 'message'
      ? keyOf(arrival.envelope.id, address(process, arrival.envelope.to))
      : keyOf(arrival.id, address(process, arrival.instance ?? nowhere)),
  )

const causeOf = (text: string): string | undefined => (JSON.parse(text) as { readonly cause?: string }).cause

const createReporter = ({ time, ledger }: Stage, happenings: Happening[]) => {
  const start = time.now()
  const now = (): number => time.now() - start
  const known = new Map<string, Message>()
  const open = new Map<Run, Message>()
  /** Messages that the story has told as handled. */
  const told = new Set<Message>()
  const versions = new Map<string, number>()
  /** Keys of messages: by the queue message that carries them, and by the environment that has them in hand. */
  const carried = new Map<string, readonly string[]>()
  const inHand = new Map<string, readonly string[]>()

  /** Messages that the ledger has learned of since. */
  const fresh = (): readonly Message[] => {
    const messages = [...ledger.messages()].slice(known.size)
    for (const message of messages) known.set(keyOf(message.id, message.receiver), message)
    return messages
  }
  const find = (keys: readonly string[]): readonly Message[] => keys.flatMap((key) => known.get(key) ?? [])

  return {
    accepted: (messageId: string, keys: readonly string[], outside: boolean): void => {
      carried.set(messageId, keys)
      if (!outside) return
      const first = fresh()
      for (const message of find(keys)) happenings.push({ kind: 'asked', at: now(), message, again: !first.includes(message) })
    },
    invoked: (environment: string, messageIds: readonly string[]): void => {
      const keys = messageIds.flatMap((id) => carried.get(id) ?? [])
      inHand.set(environment, keys)
    },
    began: (key: string, run: Run): void => {
      for (const message of find([key])) {
        open.set(run, message)
        happenings.push({ kind: 'began', at: now(), message, run })
      }
    },
    committed: (instance: string): void => {
      const version = (versions.get(instance) ?? 0) + 1
      versions.set(instance, version)
      const left = new Set(fresh())
      const sendsOf = ({ id, receiver }: Message): readonly Message[] => {
        const sends = [...left].filter(({ from, text }) => from === receiver && causeOf(text) === id)
        for (const sent of sends) left.delete(sent)
        return sends
      }
      const handled = (message: Message): void => {
        told.add(message)
        happenings.push({ kind: 'handled', at: now(), message, version, sends: sendsOf(message) })
      }
      for (const [run, message] of [...open].filter(([{ number }]) => ledger.isCommitted(number))) {
        run.committed = true
        open.delete(run)
        handled(message)
      }
      // Of what flows receive no run tells.
      for (const message of known.values())
        if (message.receiver === instance && message.applied > 0 && !told.has(message)) handled(message)
      for (const { text } of left) {
        const message = known.get(keyOf(causeOf(text) ?? '', instance))
        const sends = message === undefined ? [] : sendsOf(message)
        if (message !== undefined && sends.length > 0) happenings.push({ kind: 'went on', at: now(), message, version, sends })
      }
    },
    kept: (instance: string, { type = '', code = '' }: Item['attributes']): void => {
      happenings.push({ kind: 'kept', at: now(), instance, type: String(type), code: String(code) })
    },
    struck: ({ fault, site }: Strike): void => {
      const environment = inHand.get(site)
      const met = find(environment ?? carried.get(site) ?? [site])
      const messages = met.map(({ type, receiver }) => `${type} for ${receiver}`).join(', ')
      const where = met.length === 0 ? site : environment === undefined ? messages : `${site} with ${messages}`
      const instances = met.length === 0 ? [site] : [...new Set(met.map(({ receiver }) => receiver))]
      happenings.push({ kind: 'struck', at: now(), fault, where, instances })
    },
  }
}
