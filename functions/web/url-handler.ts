// A function URL's events as the requests of the web's standard, and its responses back again.
import type { UrlEvent, UrlHandler } from '../../lib/aws/index.ts'

/** Answers a request. `sourceIp`: the address of who is connected, which no header can claim. */
export type Fetch = (request: Request, connection: { readonly sourceIp: string }) => Response | Promise<Response>

const requestOf = ({ rawPath, rawQueryString, headers, cookies, body, isBase64Encoded, requestContext }: UrlEvent): Request => {
  const { domainName, http } = requestContext
  // The origin as the browser knows it, so that forms of other sites are told from the shop's own.
  const url = new URL(`${headers['x-forwarded-proto'] ?? 'https'}://${headers.host ?? domainName}`)
  url.pathname = rawPath
  url.search = rawQueryString
  const given = new Headers(headers)
  if (cookies !== undefined) given.set('cookie', cookies.join('; '))
  const hasBody = body !== undefined && http.method !== 'GET' && http.method !== 'HEAD'
  return new Request(url, {
    method: http.method,
    headers: given,
    ...(hasBody && { body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8') }),
  })
}

/** The `handler` of a web function that answers in text. */
export const urlHandler =
  (fetch: Fetch): UrlHandler =>
  async (event) => {
    const response = await fetch(requestOf(event), { sourceIp: event.requestContext.http.sourceIp })
    const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'set-cookie'))
    return { statusCode: response.status, headers, cookies: response.headers.getSetCookie(), body: await response.text() }
  }
