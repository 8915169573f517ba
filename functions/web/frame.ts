// What a request brings: who asks, the frame of the page, and the forms that are theirs.
import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import * as v from 'valibot'
import type { ViewOf } from '../../lib/index.ts'
import { Session } from '../session/contract.ts'
import type { Frame } from './pages/layout.ts'
import type { Reads } from './reads.ts'
import { Refusal } from './refusal.ts'
import type { Signer } from './signing.ts'
import { cookieName, cookieSeconds, decodeVisit, encodeVisit, formToken, isFormToken, newVisit, type Visit } from './visit.ts'
import type { World } from './world.ts'

type SessionView = Extract<ViewOf<typeof Session>, { status: 'open' }>

/** Who asks. */
export interface Visitor {
  readonly visit: Visit
  /** Undefined: nothing was begun, or it has ended. */
  readonly session: SessionView | undefined
  /** A session was begun and has ended. */
  readonly ended: boolean
  /** The cookie was none of ours, or too old. */
  readonly forged: boolean
}

export interface Env {
  Bindings: {
    /** Address of who asks. */
    readonly sourceIp: string
  }
  Variables: {
    readonly shop: ShopParts
    visitor?: Promise<Visitor>
  }
}
export type ShopContext = Context<Env>

/** What all routes share. */
export interface ShopParts {
  readonly world: World
  readonly reads: Reads
  readonly signer: () => Promise<Signer>
}

const recognise = async (c: ShopContext): Promise<Visitor> => {
  const { world, signer } = c.var.shop
  const cookie = getCookie(c, cookieName)
  const known = cookie === undefined ? undefined : decodeVisit(await signer(), cookie, world.clock.now())
  const stranger = { visit: newVisit(), session: undefined, ended: false, forged: cookie !== undefined && known === undefined }
  if (known === undefined) return stranger
  if (!known.begun) return { ...stranger, visit: known }
  // Consistent: who has just put something into the basket is to see it.
  const session = await world.processes.view(Session, known.id, { consistent: true })
  if (session?.status === 'open') return { ...stranger, visit: known, session }
  return { ...stranger, ended: true }
}

/** Who asks, found out once a request. */
export const visitorOf = (c: ShopContext): Promise<Visitor> => {
  const found = c.get('visitor') ?? recognise(c)
  c.set('visitor', found)
  return found
}

const give = async (c: ShopContext, visit: Visit): Promise<void> => {
  const { world, signer } = c.var.shop
  setCookie(c, cookieName, encodeVisit(await signer(), visit, world.clock.now()), {
    path: '/',
    secure: true,
    httpOnly: true,
    sameSite: 'Lax',
    maxAge: cookieSeconds,
  })
}

/** The token of this visitor's forms. Who has no cookie gets one: the form is bound to it. */
export const tokenOf = async (c: ShopContext): Promise<string> => {
  const { visit } = await visitorOf(c)
  if (getCookie(c, cookieName) === undefined || (await visitorOf(c)).forged || (await visitorOf(c)).ended) await give(c, visit)
  return formToken(await c.var.shop.signer(), visit)
}

/** The session was used: its cookie holds anew, and says that it was begun. */
export const renew = (c: ShopContext, { id }: Visit): Promise<void> => give(c, { id, begun: true })

export const frameOf = async (c: ShopContext): Promise<Frame> => {
  const [{ session }, { open, notice }] = await Promise.all([visitorOf(c), c.var.shop.reads.settings()])
  const pieces = session?.lines.reduce((sum, { quantity }) => sum + quantity, 0) ?? 0
  return { pieces, notice, open }
}

const fault = (issues: readonly v.BaseIssue<unknown>[]): string =>
  issues.map(({ message, path }) => `${path?.map(({ key }) => String(key)).join('.') ?? 'form'}: ${message}`).join('; ')

/**
 * The fields of a form that this visitor was given.
 * @throws Refusal 403 if it is not theirs, 410 if their session has ended, 422 if a field does not fit
 */
export const formOf = async <S extends v.GenericSchema>(c: ShopContext, schema: S): Promise<v.InferOutput<S>> => {
  const fields: { readonly [name: string]: unknown } = await c.req.parseBody()
  const { visit, ended } = await visitorOf(c)
  if (ended)
    throw new Refusal(
      410,
      'Your visit has ended',
      'A basket is kept for 30 days. This one is gone, and nothing was ordered from it.',
    )
  if (typeof fields.token !== 'string' || !isFormToken(await c.var.shop.signer(), visit, fields.token))
    throw new Refusal(
      403,
      'This form is not yours',
      'It was not made for this browser, or is too old. Load the page again, and send it from there.',
    )
  const parsed = v.safeParse(schema, fields)
  if (!parsed.success) throw new Refusal(422, 'That cannot be right', `${fault(parsed.issues)}.`)
  return parsed.output
}
