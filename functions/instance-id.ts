// Ids that travel in a message and name an instance later: one that no instance can have is refused with the message that brings it.
import * as v from 'valibot'

/** 1 to 128 printable ASCII characters without spaces; a leading ~ is the framework's own. Source: SQS's rule for message groups. */
export const instanceId = v.pipe(v.string(), v.regex(/^(?!~)[!-~]{1,128}$/))
