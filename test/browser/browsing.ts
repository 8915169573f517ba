// A shop on the local cloud, and a headless Chromium that walks through it. What it sees is kept as pictures, and each page is checked: by axe
// for accessibility, for errors on its console, and for what it may not do by its policy.

import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from '@jest/globals'
import axe from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { app } from '../../functions/app.ts'
import { Inventory } from '../../functions/inventory/contract.ts'
import { Keys } from '../../functions/keys/contract.ts'
import { openShop } from '../../functions/open-shop.ts'
import { connect } from '../../lib/aws/index.ts'
import { startLocalCloud } from '../../lib/local/index.ts'
import { ran } from '../cli/command.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Where the pictures of the last run lie. */
const pictures = join(root, '.gavotte', 'browser')

const findChromium = (): string => {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const folders = (process.env.PATH ?? '').split(delimiter)
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => existsSync(file))
  const file = process.env.CHROMIUM ?? found
  if (file === undefined)
    throw new Error('no Chromium is installed: install one (Debian: chromium), or name its file by CHROMIUM')
  return file
}

export const startShop = async () => {
  const open = new AsyncDisposableStack()
  try {
    const data = await mkdtemp(join(tmpdir(), 'gavotte-browser-'))
    open.defer(() => rm(data, { recursive: true, force: true }))
    const cloud = await startLocalCloud({ app, port: 0, webPort: 0, data })
    open.defer(() => cloud.close())
    const sdk = {
      endpoint: cloud.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }
    const client = connect({ uses: [Inventory, Keys], routes: cloud.routes, sqs: sdk, dynamodb: sdk, lambda: sdk })
    open.defer(() => client.close())
    expect(await ran(openShop, ['--endpoint', cloud.endpoint])).toMatchObject({ code: 0 })
    const browser = await chromium.launch({ executablePath: findChromium() })
    open.defer(() => browser.close())
    await mkdir(pictures, { recursive: true })
    const url = cloud.web.web ?? ''
    return {
      client,
      visitor: (options: BrowserContextOptions = {}) => visitorOf(browser, url, options),
      close: () => open.disposeAsync(),
    }
  } catch (thrown) {
    // Whatever is open would keep the run from ending.
    await open.disposeAsync()
    throw thrown
  }
}
export type Shop = Awaited<ReturnType<typeof startShop>>

interface Looked {
  /** Statuses of pages of refusal since the last look: the browser writes them on its console. */
  readonly refused?: readonly number[]
}

/** A browser of its own, with cookies of its own. */
const visitorOf = async (browser: Browser, url: string, options: BrowserContextOptions) => {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1200, height: 860 }, ...options })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(error.message))
  const scripted = options.javaScriptEnabled !== false

  /** Takes a picture, and expects that nothing is wrong with the page. */
  const look = async (name: string, { refused = [] }: Looked = {}): Promise<void> => {
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })
    expect({ name, wide: await isWide(page) }).toEqual({ name, wide: false })
    if (scripted) expect({ name, violations: await violationsOf(page) }).toEqual({ name, violations: [] })
    const told = errors.splice(0).filter((text) => !refused.some((status) => text.includes(`status of ${status}`)))
    expect({ name, errors: told }).toEqual({ name, errors: [] })
  }
  return {
    page,
    look,
    /** Puts pieces of a product into the basket, which is shown then. */
    take: async (sku: string, pieces = 1): Promise<void> => {
      await page.goto(`/products/${sku}`)
      await page.getByLabel('Pieces').fill(String(pieces))
      await page.getByRole('button', { name: 'Put into basket' }).click()
      await page.waitForURL('**/basket')
    },
    /** Orders what is in the basket. */
    order: async ({ hold = false } = {}): Promise<void> => {
      await page.getByRole('link', { name: 'Go to the checkout' }).click()
      if (hold) await page.getByLabel('Hold it until I confirm').check()
      await page.getByRole('button', { name: /^Order for/ }).click()
    },
    summary: page.locator('.summary'),
  }
}

/** Whether it has to be scrolled sideways. */
const isWide = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')

/** What axe finds wrong, with where. */
const violationsOf = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(axe.source)
  const found = await page.evaluate(
    `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html + ' ' + failureSummary)))`,
  )
  return found as readonly string[]
}
