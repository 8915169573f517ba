// What a line of infra/nodes.ts does to the cache, and what it leaves as it is: docs/scaling.md says how it is done.
import { expect, test } from '@jest/globals'
import { app } from '../../functions/app.ts'
import { nodes } from '../../infra/nodes.ts'
import type { Nodes } from '../../lib/cdk/index.ts'
import { ofType } from '../cdk/plant.ts'
import { type Resource, resourcesOf, topologyOf } from '../cdk/template.ts'
import { movedNodes, shop, staying, stock } from './moved-nodes.ts'

const deployed = (layout: Nodes) => resourcesOf(topologyOf(app, layout))
const functionsOf = (resources: readonly Resource[]) =>
  new Map(ofType(resources, 'AWS::Lambda::Function').map((one) => [String(one.Properties.FunctionName), one]))
const variablesOf = (one: Resource | undefined) =>
  JSON.stringify((one?.Properties.Environment as { readonly Variables: object } | undefined)?.Variables)

test('the cache moves to another stack by its line, with its table and its names, and no other function is touched', () => {
  const [before, after] = [deployed(nodes), deployed(movedNodes)]
  const [own, found] = [before, after].map((all) => functionsOf(all).get('gavotte-cache'))
  expect([own?.node, found?.node]).toEqual(['shop', 'stock'])
  expect(variablesOf(found)).toBe(variablesOf(own))
  const names = (all: readonly Resource[], type: string, property: string) =>
    ofType(all, type)
      .map(({ Properties }) => String(Properties[property]))
      .filter((name) => name.startsWith('gavotte-cache'))
      .sort()
  for (const [type, property] of [
    ['AWS::DynamoDB::Table', 'TableName'],
    ['AWS::SQS::Queue', 'QueueName'],
  ] as const)
    expect(names(after, type, property)).toEqual(names(before, type, property))
  for (const [name, one] of functionsOf(before))
    expect([name, variablesOf(functionsOf(after).get(name))]).toEqual([name, variablesOf(one)])
})

test('in another region it is at another place, and the database, which tells it of changes, is told where', () => {
  const env = { account: '111111111111', region: 'eu-west-1' }
  const layout: Nodes = {
    shop: { ...shop, env, processes: staying },
    stock: { ...stock, env },
    near: { env: { ...env, region: 'us-east-1' }, processes: { cache: {} } },
  }
  const functions = functionsOf(deployed(layout))
  expect(functions.get('gavotte-cache')?.node).toBe('near')
  expect(variablesOf(functions.get('gavotte-database'))).toContain(
    'https://sqs.us-east-1.amazonaws.com/111111111111/gavotte-cache.fifo',
  )
  expect(variablesOf(functions.get('gavotte-order'))).not.toContain('gavotte-cache')
})

test('shards of its mailbox are a setting of its line, and reach who sends to it', () => {
  const layout: Nodes = { shop: { ...shop, processes: { ...staying, cache: { shards: 3 } } }, stock }
  const resources = deployed(layout)
  const queues = ofType(resources, 'AWS::SQS::Queue').map(({ Properties }) => String(Properties.QueueName))
  for (const name of ['gavotte-cache.fifo', 'gavotte-cache-s1.fifo', 'gavotte-cache-s2.fifo']) expect(queues).toContain(name)
  expect(
    ofType(resources, 'AWS::Lambda::EventSourceMapping').filter((one) =>
      JSON.stringify(one.Properties).includes('gavotte-cache'),
    ),
  ).toHaveLength(3)
})
