// The event that a function URL makes of an HTTP request: payload format 2.0.
// Rules: AWS Lambda Developer Guide, "Invoking Lambda function URLs", request payload format.
import { isUtf8 } from 'node:buffer'
import type { UrlEvent } from '../aws/web.ts'
import { account } from './sqs-wire.ts'

/** A request as it came over the wire. */
export interface UrlRequest {
  readonly method: string
  /** Path and query as they were asked for. */
  readonly target: string
  /** Names and values in turn, each as often as it was sent. */
  readonly rawHeaders: readonly string[]
  readonly httpVersion: string
  readonly sourceIp: string
  /** Of the server. */
  readonly port: number
  readonly body: Buffer
}

/** @param nowMs when the request came, ms since 1970 */
export const urlEvent = (request: UrlRequest, requestId: string, nowMs: number): UrlEvent => {
  const { method, target, rawHeaders, httpVersion, sourceIp, port, body } = request
  const at = target.indexOf('?')
  const rawPath = at < 0 ? target : target.slice(0, at)
  const rawQueryString = at < 0 ? '' : target.slice(at + 1)
  const { cookie, connection: _, ...given } = joined(rawHeaders)
  const headers: Headers = { ...given, ...forwarded(given, { sourceIp, port, requestId, nowMs }) }
  const host = headers.host ?? `127.0.0.1:${port}`
  const cookies = cookie === undefined ? [] : cookie.split(/;\s*/).filter((one) => one !== '')
  const isBase64Encoded = body.length > 0 && !isText(headers['content-type'] ?? '', body)
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(rawQueryString !== '' && { queryStringParameters: parameters(rawQueryString) }),
    requestContext: {
      accountId: account,
      apiId: 'local',
      authentication: null,
      authorizer: null,
      domainName: host,
      domainPrefix: 'local',
      http: { method, path: rawPath, protocol: `HTTP/${httpVersion}`, sourceIp, userAgent: headers['user-agent'] ?? '' },
      requestId,
      routeKey: '$default',
      stage: '$default',
      time: clfTime(nowMs),
      timeEpoch: nowMs,
    },
    ...(body.length > 0 && { body: body.toString(isBase64Encoded ? 'base64' : 'utf8') }),
    isBase64Encoded,
  }
}

interface Headers {
  readonly [name: string]: string
}

/** By lower-case names; several values of one name are parted by commas, cookies by semicolons. */
const joined = (rawHeaders: readonly string[]): Headers => {
  const headers: Record<string, string> = {}
  for (let n = 0; n < rawHeaders.length; n += 2) {
    const name = (rawHeaders[n] as string).toLowerCase()
    const before = Object.hasOwn(headers, name) ? headers[name] : undefined
    const value = rawHeaders[n + 1] as string
    headers[name] = before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ','}${value}`
  }
  return headers
}

interface Arrival {
  readonly sourceIp: string
  readonly port: number
  readonly requestId: string
  readonly nowMs: number
}

const forwarded = (given: Headers, { sourceIp, port, requestId, nowMs }: Arrival): Headers => {
  const before = given['x-forwarded-for']
  const seconds = Math.floor(nowMs / 1000).toString(16)
  return {
    'x-forwarded-for': before === undefined ? sourceIp : `${before},${sourceIp}`,
    'x-forwarded-proto': 'http',
    'x-forwarded-port': String(port),
    'x-amzn-trace-id': given['x-amzn-trace-id'] ?? `Root=1-${seconds}-${requestId.replaceAll('-', '').slice(0, 24)}`,
  }
}

const parameters = (rawQueryString: string): { readonly [name: string]: string } => {
  const found: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    const before = Object.hasOwn(found, name) ? found[name] : undefined
    found[name] = before === undefined ? value : `${before},${value}`
  }
  return found
}

// A form is binary there, so that handlers must look at `isBase64Encoded`.
const isText = (contentType: string, body: Buffer): boolean => /text|json|xml|javascript/i.test(contentType) && isUtf8(body)

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `12/Mar/2020:19:03:58 +0000` */
const clfTime = (ms: number): string => {
  const iso = new Date(ms).toISOString()
  return `${iso.slice(8, 10)}/${months[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`
}
