import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { contract, defineApp, defineProcess, defineWeb, type WebDeploy } from '../../lib/index.ts'

const body = z.object({})
const Order = contract('order', { messages: { Place: body } })
const Stock = contract('stock', { messages: { Take: body } })
const order = defineProcess(Order, { state: body })

test('a web function is private to IAM, small and unbounded unless it says otherwise', () => {
  expect(defineWeb('web', { uses: [Order] })).toEqual({
    name: 'web',
    uses: [Order],
    deploy: { access: 'iam', memoryMb: 256, timeoutSeconds: 30, logRetentionDays: 30 },
  })
  expect(defineWeb('web', { uses: [], deploy: { access: 'public', concurrency: 7 } }).deploy).toMatchObject({
    access: 'public',
    concurrency: 7,
    memoryMb: 256,
  })
})

describe('an app', () => {
  const withWeb = (...web: readonly ReturnType<typeof defineWeb>[]) =>
    defineApp('shop', 'file:///app/functions/app.ts', [order], { web })

  test('finds the code of a web function beside that of its processes', () => {
    const app = withWeb(defineWeb('site', { uses: [Order] }))
    expect(app.web.map(({ name }) => app.entry(name).pathname)).toEqual(['/app/functions/site/handler.ts'])
    expect(defineApp('shop', 'file:///app/functions/app.ts', [order]).web).toEqual([])
  })

  test('refuses a web function that uses a process which it does not list', () => {
    expect(() => withWeb(defineWeb('site', { uses: [Order, Stock] }))).toThrow(
      'process-missing: site uses stock, which the app does not list: add it to the app',
    )
  })

  test('refuses two functions of one name, be they processes or web functions', () => {
    const site = defineWeb('site', { uses: [] })
    expect(() => withWeb(site, site)).toThrow('function-twice: two functions are named "site": rename one')
    expect(() => withWeb(defineWeb('order', { uses: [] }))).toThrow('function-twice: two functions are named "order"')
  })

  test('refuses a name that a function cannot have', () => {
    expect(() => withWeb(defineWeb('Site', { uses: [] }))).toThrow('illegal-name: web function "Site"')
  })

  test.each<[deploy: WebDeploy, fault: string]>([
    [{ concurrency: 0 }, 'concurrency must be 1 to 10000'],
    [{ timeoutSeconds: 901 }, 'timeoutSeconds must be 1 to 900 (Lambda)'],
    [{ memoryMb: 64 }, 'memoryMb must be 128 to 10240 (Lambda)'],
    [{ logRetentionDays: 2 }, 'logRetentionDays must be one of 1, 3, 5,'],
  ])('refuses a web function with %j', (deploy, fault) => {
    expect(() => withWeb(defineWeb('site', { uses: [], deploy }))).toThrow(`illegal-setting: site: ${fault}`)
  })
})
