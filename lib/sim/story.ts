// What happened in a run, listened to from outside: who sent what, what was handled at which version, and which fault struck where.
import { decodeBundle } from '../core/envelope.ts'
import { address, parseAddress } from '../core/names.ts'
import { recordSk } from '../core/record.ts'
import type { Strike } from './faults.ts'
import type { Message } from './ledger.ts'
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
  from: from === undefined || parseAddress(from)?.process.startsWith('~') !== false ? client : from,
  to,
  type,
  body: type === '' ? text : (JSON.parse(text) as { readonly body: unknown }).body,
})

/** `at`: milliseconds since the world began. */
export type Happening = { readonly at: number } & (
  | { readonly kind: 'asked'; readonly sent: Sent; readonly again: boolean }
  /** A handler began; `committed` says whether anything came of it. */
  | { readonly kind: 'began'; readonly sent: Sent; readonly run: Run }
  /** A message was applied: `version` counts the commits of the instance from 1. */
  | { readonly kind: 'handled'; readonly sent: Sent; readonly version: number; readonly sends: readonly Sent[] }
  | { readonly kind: 'kept'; readonly instance: string; readonly type: string; readonly code: string }
  /** `instances`: whose messages it met, as far as that is known. */
  | { readonly kind: 'struck'; readonly fault: string; readonly where: string; readonly instances: readonly string[] }
)
interface Run {
  readonly number: number
  committed: boolean
}

/** The same stage, with everything of note told to `happenings`; and what hears of strikes. */
export const recording = (stage: Stage, happenings: Happening[]): { readonly stage: Stage; readonly struck: (strike: Strike) => void } => {
  const { time, ledger, trace } = stage
  const start = time.now()
  const now = (): number => time.now() - start
  const open = new Map<Run, Message>()
  const versions = new Map<string, number>()
  const carried = new Map<string, readonly string[]>()
  const busy = new Map<string, readonly string[]>()
  let known = 0

  const find = (key: string): Message | undefined => [...ledger.messages()].find(({ id, receiver }) => `${id}>${receiver}` === key)
  const fresh = (): readonly Message[] => {
    const messages = [...ledger.messages()].slice(known)
    known += messages.length
    return messages
  }

  const committed = (instance: string): void => {
    const version = (versions.get(instance) ?? 0) + 1
    versions.set(instance, version)
    const left = [...fresh()]
    const done = [...open].filter(([run]) => ledger.isCommitted(run.number))
    for (const [run, message] of done) {
      run.committed = true
      open.delete(run)
      const sends = left.filter(({ text }) => (JSON.parse(text) as { readonly cause?: string }).cause === message.id)
      happenings.push({ kind: 'handled', at: now(), sent: sentOf(message), version, sends: sends.map(sentOf) })
    }
  }

  const struck = ({ fault, site }: Strike): void => {
    const keys = busy.get(site) ?? carried.get(site) ?? [site]
    const met = keys.flatMap((key) => find(key) ?? [])
    const messages = met.map(({ type, receiver }) => `${type} for ${receiver}`).join(', ')
    const place = met.length === 0 || busy.has(site) ? site : ''
    const where = [place, messages].filter((text) => text !== '').join(' with ')
    const instances = met.length > 0 ? met.map(({ receiver }) => receiver) : [site]
    happenings.push({ kind: 'struck', at: now(), fault, where, instances: [...new Set(instances)] })
  }

  return {
    struck,
    stage: {
      ...stage,
      trace: {
        ...trace,
        note: (...parts) => {
          trace.note(...parts)
          const [what, environment, ...messageIds] = parts.map(String)
          if (what === 'invokes') busy.set(environment as string, messageIds.flatMap((id) => carried.get(id) ?? []))
          if (what === 'ends') busy.delete(environment as string)
        },
      },
      ledger: {
        ...ledger,
        accepted: (process, entry, carrier, outside) => {
          ledger.accepted(process, entry, carrier, outside)
          const keys = decodeBundle(entry.body, carrier).map((arrival) =>
            arrival.kind === 'message'
              ? `${arrival.envelope.id}>${address(process, arrival.envelope.to)}`
              : `${arrival.id}>${address(process, arrival.instance ?? entry.group)}`,
          )
          carried.set(carrier.messageId, keys)
          if (!outside) return
          const first = new Set(fresh().map(({ id, receiver }) => `${id}>${receiver}`))
          for (const key of keys) {
            const message = find(key)
            if (message !== undefined) happenings.push({ kind: 'asked', at: now(), sent: sentOf(message), again: !first.has(key) })
          }
        },
        begin: (key) => {
          const number = ledger.begin(key)
          const message = find(key)
          if (message === undefined) return number
          const run = { number, committed: false }
          open.set(run, message)
          happenings.push({ kind: 'began', at: now(), sent: sentOf(message), run })
          return number
        },
        written: (process, put, at) => {
          const before = ledger.commits()
          ledger.written(process, put, at)
          const { item } = put
          const instance = address(process, item.pk)
          if (item.sk === recordSk && ledger.commits() > before) committed(instance)
          if (!/^failed\/[0-9a-f]+$/.test(item.sk)) return
          const { type = '', code = '' } = item.attributes
          happenings.push({ kind: 'kept', at: now(), instance, type: String(type), code: String(code) })
        },
      },
    },
  }
}
