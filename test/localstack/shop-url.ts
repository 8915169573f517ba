// The shop behind its function URL, for visitors without a script; and what LocalStack's function URLs do otherwise than AWS's.
import { request } from 'node:http'
import { signers } from '../../functions/web/signing.ts'
import { cookieName, encodeVisit, newVisit } from '../../functions/web/visit.ts'
import { web } from '../../functions/web/web.ts'
import type { Processes } from '../../functions/web/world.ts'
import { functionName } from '../../lib/core/names.ts'
import { type Door, visitorOf } from '../functions/web/visitor.ts'
import { functionUrl } from './aws.ts'

/**
 * Requests go to LocalStack's own address and name the URL's host in their header: the URL is a name below `localhost` or
 * `localhost.localstack.cloud`, which not every machine resolves. They go without `Origin`: LocalStack refuses those of others than itself with
 * 403, the URL's own among them, which on AWS is the function's business. The shop takes `Sec-Fetch-Site` as well.
 */
const doorOf = (url: URL): Door => {
  const { hostname, port } = new URL(process.env.AWS_ENDPOINT_URL ?? '')
  const ask = async (asked: Request): Promise<Response> => {
    const { pathname, search } = new URL(asked.url)
    const { origin: _, ...given } = Object.fromEntries(asked.headers)
    const headers = { ...given, host: url.host }
    const body = Buffer.from(await asked.arrayBuffer())
    return new Promise((resolve, reject) => {
      const asking = request({ hostname, port, path: `${pathname}${search}`, method: asked.method, headers }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () => {
          const received = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
            values.map((value): [string, string] => [name, value]),
          )
          resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 0, headers: received }))
        })
      })
      asking.on('error', reject)
      asking.end(body)
    })
  }
  return { origin: url.origin, ask }
}

/** @param processes whom the web function uses */
export const openUrl = async (processes: Processes) => {
  const door = doorOf(await functionUrl(functionName('gavotte', web.name)))
  // The shop makes its keys with the first cookie, and all go on with those.
  await visitorOf(door).ask('/products/GV-101')
  const signer = await signers({ processes, clock: { now: () => Date.now() } })()

  /** Somebody whose cookie is made here, with the shop's own key: LocalStack does not hand over those that the function gives. */
  const visitor = () => {
    const one = visitorOf(door)
    const { id } = newVisit()
    const carry = (begun: boolean) => one.cookies.set(cookieName, encodeVisit(signer, { id, begun }, Date.now()))
    carry(false)
    return {
      ...one,
      take: async (sku: string, pieces = 1) => {
        const page = await one.take(sku, pieces)
        carry(true)
        return page
      },
    }
  }
  return { stranger: () => visitorOf(door), visitor }
}
export type ShopUrl = Awaited<ReturnType<typeof openUrl>>
