import { describe, expect, test } from '@jest/globals'
import { readEnvironment, surroundings } from '../../lib/aws/environment.ts'
import { Misconfigured } from '../../lib/core/errors.ts'

const order = { mailbox: 'https://sqs/1/order.fifo', deadLetter: 'https://sqs/1/order-dlq.fifo', table: 'order' }
const web = { mailbox: 'https://sqs/1/web', table: 'web' }
const complete = { GAVOTTE_APP: 'shop', GAVOTTE_ROUTES: JSON.stringify({ order, web }) }

describe('the environment of a function', () => {
  test('tells app, routes and its own route', () => {
    expect(readEnvironment('order', complete)).toEqual({
      app: 'shop',
      routes: { order, web },
      own: order,
      logLevel: 'info',
      metrics: 'none',
    })
  })

  test('tells its timer queue, and how schedules get there', () => {
    const timer = { queue: 'https://sqs/1/order-timer', arn: 'arn', role: 'role', group: 'shop-all' }
    const routes = { order: { ...order, timer }, web: { ...web, function: 'web-of-another' } }
    const read = readEnvironment('order', { ...complete, GAVOTTE_ROUTES: JSON.stringify(routes) })
    expect([read.own.timer, read.routes.web?.function]).toEqual([timer, 'web-of-another'])
  })

  test.each([
    [{ GAVOTTE_APP: undefined }, /no-variable: GAVOTTE_APP is not set/],
    [{ GAVOTTE_ROUTES: undefined }, /no-variable: GAVOTTE_ROUTES is not set/],
    [{ GAVOTTE_ROUTES: '{' }, /illegal-routes: GAVOTTE_ROUTES: not a JSON object/],
    [{ GAVOTTE_ROUTES: '[]' }, /illegal-routes: GAVOTTE_ROUTES: not a JSON object/],
    [{ GAVOTTE_ROUTES: '{"order":1}' }, /illegal-routes: GAVOTTE_ROUTES: "order" is not an object/],
    [{ GAVOTTE_ROUTES: '{"order":{"mailbox":"x"}}' }, /illegal-routes: GAVOTTE_ROUTES: "order" has no "table"/],
    [{ GAVOTTE_ROUTES: JSON.stringify({ order: { ...order, timer: 'x' } }) }, /"timer" of "order" is not an object/],
    [{ GAVOTTE_ROUTES: JSON.stringify({ order: { ...order, timer: { queue: 'x' } } }) }, /"timer" of "order" has no "arn"/],
    [{ GAVOTTE_ROUTES: JSON.stringify({ order, web: { ...web, function: '' } }) }, /"web" has no "function"/],
    [{ GAVOTTE_ROUTES: JSON.stringify({ web }) }, /no-route: no route to process "order" \(known: web\)/],
    [{ GAVOTTE_ROUTES: JSON.stringify({ order: web }) }, /no-dead-letter: GAVOTTE_ROUTES: "order" runs here/],
    [{ GAVOTTE_LOG_LEVEL: 'loud' }, /illegal-level: GAVOTTE_LOG_LEVEL is "loud": set one of debug/],
  ])('is refused with what to do: %j', (change, reason) => {
    const reading = (): unknown => readEnvironment('order', { ...complete, ...change })
    expect(reading).toThrow(reason)
    expect(reading).toThrow(Misconfigured)
  })
})

describe('what a client knows without being told', () => {
  const { GAVOTTE_ROUTES } = complete

  test('is the app and the routes of the function that it is in', () => {
    expect(surroundings(undefined, complete)).toEqual({ app: 'shop', routes: { order, web } })
    expect(surroundings('shop', complete)).toEqual({ app: 'shop', routes: { order, web } })
  })

  test('is nothing outside of functions, and nothing of another app', () => {
    expect(surroundings(undefined, {})).toEqual({})
    expect(surroundings(undefined, { GAVOTTE_APP: 'shop' })).toEqual({})
    expect(surroundings(undefined, { GAVOTTE_ROUTES })).toEqual({})
    expect(surroundings('bazaar', complete)).toEqual({})
  })

  test('cannot be routes that do not fit', () => {
    expect(() => surroundings(undefined, { ...complete, GAVOTTE_ROUTES: '{"order":{}}' })).toThrow(
      'illegal-routes: GAVOTTE_ROUTES',
    )
  })
})
