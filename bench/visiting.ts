// People who look at the shop's pages. The load is open: each request has its time, whether those before it are answered or not, and its
// latency counts from then on, so that a stall is felt by all who come meanwhile. Requests come from several addresses of this machine, as
// visitors do.
import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { openCollection } from '../functions/database/client.ts'
import { collections } from '../functions/database/collections.ts'
import type { Database } from '../functions/database/contract.ts'
import { fillShop } from '../infra/first-stock.ts'
import type { Client } from '../lib/aws/index.ts'
import { terminal } from '../lib/cli/terminal.ts'

interface Answer {
  /** 0: none came. */
  readonly status: number
  readonly bytes: number
}
export interface Visit extends Answer {
  readonly path: string
  /** From when it was due to the last answer. */
  readonly ms: number
  /** How often it was asked for. */
  readonly tries: number
}

interface Product {
  readonly key: string
  readonly document: { readonly category: string }
}

/** Fills the shop as `npm start` does. @returns what it sells */
export const fill = async (client: Client<(typeof Database)['name']>, endpoint: string): Promise<readonly Product[]> => {
  const code = await fillShop(['--endpoint', endpoint], { ...terminal, out: process.stderr })
  if (code !== 0) throw new Error(`the shop could not be filled: exit code ${code}`)
  return Array.fromAsync(openCollection(client, collections, 'products').all())
}

/** Of ten requests five are for products, three for the catalogue, two for a category. */
export const pathsOf = (products: readonly Product[]): ((n: number) => string) => {
  const skus = products.map(({ key }) => key)
  const known = [...new Set(products.map(({ document }) => document.category))]
  return (n) => {
    // Spread over all products, and the same in each run.
    const draw = (n * 7919) % 10_007
    if (n % 10 < 5) return `/products/${skus[draw % skus.length]}`
    if (n % 10 < 7) return `/?${new URLSearchParams({ category: known[draw % known.length] ?? '' }).toString()}`
    return n % 2 === 0 ? '/' : '/?sort=price'
  }
}

/** Addresses that requests come from, 127.0.0.2 and on. */
const visitors = 40

/**
 * Asks for pages.
 * @param again hears what came of each asking, `since` a time of `performance.now()`, and says whether it is to be asked again: after a second, then
 * twice as long each time, half a minute at most, for five minutes in sum
 */
export const visit = async (
  url: string,
  pathOf: (n: number) => string,
  pace: Pace,
  again: (answer: Answer, since: number) => boolean = () => false,
): Promise<readonly Visit[]> => {
  const agents = Array.from({ length: visitors }, (_, n) => new Agent({ keepAlive: true, localAddress: `127.0.0.${n + 2}` }))
  const visits = await paced(pace, async (n, due) => {
    const path = pathOf(n)
    for (let tries = 1; ; tries += 1) {
      const since = performance.now()
      const answer = await ask(`${url}${path}`, agents[n % visitors] as Agent)
      if (!again(answer, since) || tries === triesMax) return { ...answer, path, tries, ms: performance.now() - due }
      await sleep(Math.min(30_000, 1000 * 2 ** (tries - 1)))
    }
  })
  for (const agent of agents) agent.destroy()
  return visits
}

const triesMax = 15
/** Browsers are as patient. */
const patienceMs = 120_000

const ask = (url: string, agent: Agent): Promise<Answer> =>
  new Promise((resolve) => {
    const end = (status: number, bytes: number): void => resolve({ status, bytes })
    const asking = get(url, { agent, timeout: patienceMs }, (response) => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      response.on('end', () => end(response.statusCode ?? 0, bytes))
      response.on('error', () => end(0, bytes))
    })
    asking.on('timeout', () => asking.destroy(new Error('no answer came')))
    // A connection that the server was just closing, since it had not been used: browsers take another one too.
    asking.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (asking.reusedSocket && code === 'ECONNRESET') resolve(ask(url, agent))
      else end(0, 0)
    })
  })

export interface Pace {
  /** A second. */
  readonly rate: number
  /** Whether there is an n-th, from 0. */
  readonly going: (n: number) => boolean
}

/** Acts at a steady rate, and waits for none of it in between. @param act gets the time at which it was due, ms of `performance.now()` */
export const paced = async <T>({ rate, going }: Pace, act: (n: number, due: number) => Promise<T>): Promise<readonly T[]> => {
  const began = performance.now()
  const acting: Promise<T>[] = []
  for (let n = 0; going(n); n += 1) {
    const due = began + (n * 1000) / rate
    const early = due - performance.now()
    if (early > 0) await sleep(early)
    acting.push(act(n, due))
  }
  return Promise.all(acting)
}
