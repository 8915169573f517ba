// Messages that the table keeps: those that have failed for good, and those that are stashed.
import { decodeBundle, type Envelope } from '../core/envelope.ts'
import { type Again, failedSk } from '../core/failure.ts'
import { joinPages, pageRange, pageSks } from '../core/page.ts'
import { resolvedSk, roundOf, stashRange, stashSk } from '../core/park.ts'
import type { Item, Store } from '../ports/store.ts'

export interface KeptMessage {
  /** Undefined where it cannot be read as an envelope. */
  readonly envelope: Envelope | undefined
  /** Why it failed for good; of a stashed one nothing. */
  readonly code?: string
  readonly failure?: { readonly type: string; readonly reason: string; readonly attempts: number }
  readonly again?: Again
  /** Sort keys of all its items. */
  readonly sks: readonly string[]
}

/** The newest failure of a message, unless something was done about it already. */
export const findFailed = async (store: Store, instance: string, id: string): Promise<KeptMessage | undefined> => {
  const sk = failedSk(id)
  const items = await Array.fromAsync(store.range(instance, sk, `${sk}~~`))
  const heads = items.filter(({ attributes }) => attributes.code !== undefined)
  const newest = heads.sort((a, b) => roundOf(againOf(a)) - roundOf(againOf(b))).at(-1)
  if (newest === undefined) return undefined
  const again = againOf(newest)
  if ((await store.get(instance, resolvedSk(id, roundOf(again)))) !== undefined) return undefined
  const { code, type = '', reason, attempts } = newest.attributes
  return {
    code: String(code),
    failure: { type: String(type), reason: String(reason), attempts: Number(attempts) },
    envelope: envelopeIn(await textOf(store, newest)),
    ...again,
    sks: sksOf(newest),
  }
}

/** Stashed messages of the numbers `from` to before `to`, in their order; undefined if one is missing. */
export const readStash = async (
  store: Store,
  instance: string,
  from: number,
  to: number,
): Promise<readonly KeptMessage[] | undefined> => {
  const range = stashRange(from, to)
  const items = new Map((await Array.fromAsync(store.range(instance, range.from, range.to))).map((item) => [item.sk, item]))
  const messages: KeptMessage[] = []
  for (let number = from; number < to; number++) {
    const item = items.get(stashSk(number))
    const envelope = item && envelopeIn(await textOf(store, item))
    if (item === undefined || envelope === undefined) return undefined
    messages.push({ envelope, ...againOf(item), sks: sksOf(item) })
  }
  return messages
}

const sksOf = ({ sk, attributes }: Item): readonly string[] => [sk, ...pageSks(sk, Number(attributes.pages ?? 0))]

const againOf = ({ attributes: { round } }: Item): { readonly again?: Again } =>
  round === undefined ? {} : { again: { round: Number(round) } }

/** The text that an item keeps, from its pages where it is long. */
export const textOf = async (store: Store, { pk, sk, attributes }: Item): Promise<string> => {
  if (attributes.message !== undefined) return attributes.message as string
  const { from, to } = pageRange(sk)
  return joinPages(await Array.fromAsync(store.range(pk, from, to)))
}

/** Undefined if it is no envelope. */
export const envelopeIn = (text: string): Envelope | undefined => {
  const [arrival] = decodeBundle(text, { messageId: '', sentAt: 0 })
  return arrival?.kind === 'message' ? arrival.envelope : undefined
}
