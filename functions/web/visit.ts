// Who a visitor is: a signed cookie names the session, or what will become one with the first thing that is put into the basket.
import type { Signer } from './signing.ts'
import { randomId } from './signing.ts'

/** `begun`: a session of this id was begun; whether it still stands, only the session knows. */
export interface Visit {
  readonly id: string
  readonly begun: boolean
}

export const cookieName = '__Host-shop'
/** Longer than a session that is not used, so that whoever comes too late can be told so. */
export const cookieSeconds = 60 * 86_400

export const newVisit = (): Visit => ({ id: randomId(), begun: false })

/** @param now ms since 1970 */
export const encodeVisit = (signer: Signer, { id, begun }: Visit, now: number): string => {
  const text = `${begun ? 's' : 'v'}.${id}.${Math.floor(now / 1000).toString(36)}`
  return `${text}.${signer.sign('visit', text)}`
}

/** @returns undefined if it is not one of ours, or too old */
export const decodeVisit = (signer: Signer, cookie: string, now: number): Visit | undefined => {
  const match = /^(([sv])\.([\w-]{22})\.([0-9a-z]{1,9}))\.([\w-]{43})$/.exec(cookie)
  const [, text = '', kind, id = '', issued = '', code = ''] = match ?? []
  if (match === null || !signer.verify('visit', text, code)) return undefined
  const age = now / 1000 - Number.parseInt(issued, 36)
  return age <= cookieSeconds ? { id, begun: kind === 's' } : undefined
}

/** What each form of the visitor carries, so that no other site can send it in their name. */
export const formToken = (signer: Signer, { id }: Visit): string => signer.sign('form', id)
export const isFormToken = (signer: Signer, { id }: Visit, token: string): boolean => signer.verify('form', id, token)
