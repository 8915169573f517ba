// The HTTP response that a function URL makes of what its function returned.
// Rules: AWS Lambda Developer Guide, "Invoking Lambda function URLs", response payload format and cookies.
import { validateHeaderName, validateHeaderValue } from 'node:http'

export interface HttpResponse {
  readonly status: number
  /** By lower-case names. */
  readonly headers: { readonly [name: string]: string | readonly string[] }
  readonly body: Buffer
}

/** What cannot be sent as a response; the reason is for whoever wrote the function. */
export type ReadResponse =
  | { readonly kind: 'read'; readonly response: HttpResponse }
  | { readonly kind: 'malformed'; readonly reason: string }

/** What belongs to the connection is the server's business. */
const framing = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'upgrade'])

const json = { 'content-type': 'application/json' }

/**
 * "If your function returns valid JSON and doesn't return a statusCode, Lambda assumes": 200, application/json, and the function's
 * response as the body.
 * @param text what the function returned, as JSON text
 */
export const readUrlResponse = (text: string): ReadResponse => {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || !('statusCode' in value))
    return { kind: 'read', response: { status: 200, headers: json, body: Buffer.from(text) } }
  const { statusCode, headers = {}, cookies = [], body = '', isBase64Encoded = false } = value as Given
  const malformed = (reason: string): ReadResponse => ({ kind: 'malformed', reason })
  const status = Number(statusCode)
  if (!Number.isInteger(status) || status < 200 || status > 599)
    return malformed(`statusCode is ${JSON.stringify(statusCode)}: return a whole number from 200 to 599`)
  if (typeof headers !== 'object' || Array.isArray(headers)) return malformed('headers is no object')
  if (!Array.isArray(cookies)) return malformed('cookies is no list')
  const odd = [...Object.entries(headers ?? {}), ...cookies.map((one) => ['set-cookie', one] as const)].find(
    ([name, one]) => !isHeader(name, one),
  )
  if (odd !== undefined) return malformed(`header ${odd[0]} is ${JSON.stringify(odd[1])}: return a text that HTTP allows`)
  const own = Object.entries(headers ?? {})
    .filter(([name, one]) => one !== null && !framing.has(name.toLowerCase()))
    .map(([name, one]) => [name.toLowerCase(), String(one)] as const)
  const content = typeof body === 'string' ? body : JSON.stringify(body)
  return {
    kind: 'read',
    response: {
      status,
      headers: { ...json, ...Object.fromEntries(own), ...(cookies.length > 0 && { 'set-cookie': cookies.map(String) }) },
      body: Buffer.from(content, isBase64Encoded === true ? 'base64' : 'utf8'),
    },
  }
}

const isHeader = (name: string, value: unknown): boolean => {
  if (value === null) return true
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return false
  try {
    validateHeaderName(name)
    validateHeaderValue(name, String(value))
    return true
  } catch {
    return false
  }
}

interface Given {
  readonly statusCode: unknown
  readonly headers?: unknown
  readonly cookies?: unknown
  readonly body?: unknown
  readonly isBase64Encoded?: unknown
}
