// AWS's errors by the fate of the message that met them: the one place where errors of the SDK are wrapped.
import { Defect, GavotteError, Misconfigured, Refused, Transient } from '../core/errors.ts'

// Names of errors, of both services; the first that fits counts.
const denied = /^(AccessDenied|KmsAccessDenied|KMS\.AccessDenied|UnauthorizedOperation)/
// What state a key is in (KmsInvalidState) may pass: it may be on its way.
const keyless = /^(?:Kms|KMS\.)(Disabled|InvalidKeyUsage|NotFound|OptInRequired)/
const unknownCaller =
  /^(CredentialsProvider|ExpiredToken|InvalidAccessKeyId|InvalidClientTokenId|InvalidSignature|MissingAuthenticationToken|SignatureDoesNotMatch|TokenProvider|UnrecognizedClient)/
const missing = /(NonExistentQueue|QueueDoesNotExist|ResourceNotFoundException)$/
const illegal = /^(Batch|EmptyBatch|Invalid|MissingParameter|Serialization|TooManyEntries|UnsupportedOperation|Validation)/

/**
 * Wraps what an SDK call threw. What is not known to be lasting (throttles, timeouts, network, 5xx, limits) is Transient.
 * @param doing what was tried, as in `GetItem on shop-order`; opens the message
 * @param again what helps where it is Transient
 */
export const wrapped = (thrown: unknown, doing: string, again = 'Try again'): GavotteError => {
  if (thrown instanceof GavotteError) return thrown
  const name = thrown instanceof Error ? thrown.name : 'Error'
  const said = `${doing}: ${name}: ${reasonOf(thrown)}`
  const cause = { cause: thrown }
  if (denied.test(name)) {
    return new Refused(
      'access-denied',
      `${said}. Grant this to the role: a process may only use what its \`uses\` lists, so deploy again after changing it`,
      cause,
    )
  }
  if (keyless.test(name)) return new Refused('no-key', `${said}. Enable the queue's key, or give the queue another`, cause)
  if (unknownCaller.test(name))
    return new Misconfigured(
      'no-credentials',
      `${said}. Sign in to AWS, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
      cause,
    )
  if (reasonOf(thrown) === 'Region is missing') return new Misconfigured('no-region', `${said}. Set AWS_REGION`, cause)
  if (missing.test(name))
    return new Refused('not-found', `${said}. Deploy the app, or check app name, region and endpoint`, cause)
  if (illegal.test(name))
    return new Defect('illegal-request', `${said}. The request is wrong, and so would every retry be: report this`, cause)
  return new Transient('aws-unavailable', `${said}. ${again}: a throttle, a timeout or an outage`, cause)
}

// Codes of what is the sender's fault, and passes all the same.
const passing = /Throttl|Limit|Timeout|Unavailable|InvalidState/

/**
 * Whether an entry of a batch that SQS refused would be refused again and again, until somebody mends something.
 * @param code of the entry's error
 * @param senderFault "Specifies whether the error happened due to the caller of the batch API action" (BatchResultErrorEntry)
 */
export const isLasting = (code: string, senderFault: boolean): boolean =>
  denied.test(code) || keyless.test(code) || missing.test(code) || (senderFault && !passing.test(code))

/** Runs one SDK call. @throws what `wrapped` makes of its error */
export const calling = async <T>(doing: string, call: () => Promise<T>, again?: string): Promise<T> => {
  try {
    return await call()
  } catch (thrown) {
    throw wrapped(thrown, doing, again)
  }
}

/**
 * What a function threw while it ran. It may have committed before, so whoever called it asks again.
 * @param payload `{"errorType":"…","errorMessage":"…"}` as Lambda writes it
 */
export const functionFailed = (doing: string, payload: string, again: string): Transient =>
  new Transient('function-failed', `${doing}: the function failed: ${payload.slice(0, 1000)}. ${again}`)

// A refused connection to `localhost` is an AggregateError without a message: one error an address.
const reasonOf = (thrown: unknown): string => {
  if (thrown instanceof AggregateError && thrown.message === '') return thrown.errors.map((one) => reasonOf(one)).join(', ')
  return thrown instanceof Error ? thrown.message : String(thrown)
}
