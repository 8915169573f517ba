// The web server's secrets: no other process uses it, so no other role may read it. A register, so that the environments agree on one.
import * as v from 'valibot'
import { registerContract } from '../../lib/coordination/index.ts'

const key = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/))

export const Keys = registerContract(
  'keys',
  v.object({
    /** Signs cookies: 256 bits, base64url. Empty before the first request. */
    signing: v.union([v.literal(''), key]),
    /** The one before, which still holds. */
    before: v.optional(key),
    /** SHA-256 of what opens the admin page, base64url; without it the page does not exist. */
    admin: v.optional(key),
  }),
)
/** Its one instance. */
export const web = 'web'
