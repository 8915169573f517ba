import { describe, expect, test } from '@jest/globals'
import { readEnvironment } from '../../lib/aws/environment.ts'
import { mailboxesOf, routeTo } from '../../lib/aws/routes.ts'
import type { Nodes } from '../../lib/cdk/index.ts'
import { named, ofType, oneNode, plant, synthesize } from './plant.ts'
import { here, type Resource, resourcesOf, topologyOf } from './template.ts'

const url = (name: string, { region, account } = here) => `https://sqs.${region}.amazonaws.com/${account}/${name}`

const variablesOf = (resources: readonly Resource[], process: string) =>
  (
    named(resources, 'AWS::Lambda::Function', 'FunctionName', `plant-${process}`).Environment as {
      Variables: { [name: string]: string }
    }
  ).Variables
const routesOf = (resources: readonly Resource[], process: string) =>
  JSON.parse(variablesOf(resources, process).GAVOTTE_ROUTES ?? '') as object

const east = { account: '444455556666', region: 'us-east-1' }
const west = { account: '777788889999', region: 'us-west-2' }
const apart = (one: Partial<typeof east>, other: Partial<typeof east>): Nodes => ({
  field: { env: one, processes: { sensor: {} } },
  office: { env: other, processes: { gauge: {}, archive: {} } },
})

describe('routes', () => {
  const resources = synthesize()

  test('a function knows where it is itself, its dead-letter queue too, and where those are that it uses', () => {
    expect(variablesOf(resources, 'sensor').GAVOTTE_APP).toBe('plant')
    expect(routesOf(resources, 'sensor')).toEqual({
      sensor: { mailbox: url('plant-sensor.fifo'), deadLetter: url('plant-sensor-dlq.fifo'), table: 'plant-sensor' },
      gauge: { mailbox: url('plant-gauge.fifo'), table: 'plant-gauge' },
      archive: { mailbox: url('plant-archive'), table: 'plant-archive' },
    })
  })

  test('it reads its variables as they are set, several shards included, and writes metrics', () => {
    const variables = variablesOf(synthesize({ shards: 2 }, oneNode({ gauge: { shards: 3 } })), 'sensor')
    const { app, own, routes, metrics } = readEnvironment('sensor', variables)
    expect({ app, own: mailboxesOf(own), gauge: mailboxesOf(routeTo(routes, 'gauge')).length, metrics }).toEqual({
      app: 'plant',
      own: [url('plant-sensor.fifo'), url('plant-sensor-s1.fifo')],
      gauge: 3,
      metrics: 'emf',
    })
  })

  test('it knows of no process that it does not use', () => {
    expect(Object.keys(routesOf(resources, 'gauge'))).toEqual(['gauge'])
  })

  test('a mailbox of several shards is the list of their URLs, in order, for its senders and for itself', () => {
    const sharded = synthesize({}, oneNode({ gauge: { shards: 3 } }))
    const mailbox = ['plant-gauge.fifo', 'plant-gauge-s1.fifo', 'plant-gauge-s2.fifo'].map((name) => url(name))
    for (const process of ['sensor', 'gauge']) expect(routesOf(sharded, process)).toMatchObject({ gauge: { mailbox } })
  })

  test('a process on another node is reached where that node is: by URL, and by ARN where the table is elsewhere', () => {
    const resources = resourcesOf(topologyOf(plant(), apart(east, west)))
    expect(routesOf(resources, 'sensor')).toEqual({
      sensor: { mailbox: url('plant-sensor.fifo', east), deadLetter: url('plant-sensor-dlq.fifo', east), table: 'plant-sensor' },
      gauge: {
        mailbox: url('plant-gauge.fifo', west),
        table: `arn:aws:dynamodb:${west.region}:${west.account}:table/plant-gauge`,
      },
      archive: {
        mailbox: url('plant-archive', west),
        table: `arn:aws:dynamodb:${west.region}:${west.account}:table/plant-archive`,
      },
    })
  })

  test('moving a process within an account and region changes no route', () => {
    const routes = (nodes: Nodes) => routesOf(resourcesOf(topologyOf(plant(), nodes)), 'sensor')
    expect(routes(apart({}, {}))).toEqual(routes(oneNode()))
  })
})

describe('nodes', () => {
  test('are stacks named by app and node, each in its account and region', () => {
    const { nodes } = topologyOf(plant(), apart(east, west))
    expect([...nodes].map(([name, node]) => [name, node.stackName, node.account, node.region])).toEqual([
      ['field', 'plant-field', east.account, east.region],
      ['office', 'plant-office', west.account, west.region],
    ])
  })

  test('hold the processes that they list, and nothing of the others', () => {
    const resources = resourcesOf(topologyOf(plant(), apart({}, {})))
    const functions = ofType(resources, 'AWS::Lambda::Function').map(({ node, Properties }) => [node, Properties.FunctionName])
    expect(functions).toEqual([
      ['field', 'plant-sensor'],
      ['office', 'plant-gauge'],
      ['office', 'plant-archive'],
    ])
  })

  test('need no exports of each other', () => {
    const { nodes } = topologyOf(plant(), apart(east, { ...west, account: east.account }))
    for (const node of nodes.values()) expect(node.dependencies).toEqual([])
  })

  test('name roles by region, since an account has one namespace of roles for all regions', () => {
    const roles = (nodes: Nodes) =>
      ofType(resourcesOf(topologyOf(plant(), nodes)), 'AWS::IAM::Role').map(({ Properties }) => Properties.RoleName)
    expect(roles(apart(east, west))).toEqual(['plant-sensor-us-east-1', 'plant-gauge-us-west-2', 'plant-archive-us-west-2'])
  })
})

describe('across accounts', () => {
  const statements = (nodes: Nodes, type: string) =>
    ofType(resourcesOf(topologyOf(plant(), nodes)), type)
      .map(
        ({ Properties }) =>
          Properties.PolicyDocument ?? (Properties.ResourcePolicy as { PolicyDocument?: unknown } | undefined)?.PolicyDocument,
      )
      .flatMap((document) => (document as { Statement: { Effect: string }[] } | undefined)?.Statement ?? [])
      .filter(({ Effect }) => Effect === 'Allow')
  const guest = {
    Effect: 'Allow',
    // The account, which is always there, narrowed to the role, which may not be there yet.
    Principal: { AWS: `arn:aws:iam::${east.account}:root` },
  }
  const invited = { ArnEquals: { 'aws:PrincipalArn': [`arn:aws:iam::${east.account}:role/plant-sensor-us-east-1`] } }

  test('a mailbox lets those in that use its process, each shard by its own policy', () => {
    const nodes = apart(east, west)
    const sharded: Nodes = { ...nodes, office: { env: west, processes: { gauge: { shards: 2 }, archive: {} } } }
    expect(statements(sharded, 'AWS::SQS::QueuePolicy')).toEqual(
      ['plant-gauge.fifo', 'plant-gauge-s1.fifo', 'plant-archive'].map((name) => ({
        ...guest,
        Action: 'sqs:SendMessage',
        Resource: `arn:aws:sqs:${west.region}:${west.account}:${name}`,
        Condition: invited,
      })),
    )
  })

  test('a table lets them read the view, and nothing else', () => {
    expect(statements(apart(east, west), 'AWS::DynamoDB::Table')).toEqual([
      {
        ...guest,
        Action: 'dynamodb:GetItem',
        Resource: `arn:aws:dynamodb:${west.region}:${west.account}:table/plant-gauge`,
        Condition: {
          ...invited,
          'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', 'view'] },
          StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
        },
      },
    ])
  })

  test('within one account nobody is let in by a policy of queue or table: the role suffices', () => {
    for (const nodes of [oneNode(), apart(east, { ...west, account: east.account })]) {
      expect(statements(nodes, 'AWS::SQS::QueuePolicy')).toEqual([])
      expect(statements(nodes, 'AWS::DynamoDB::Table')).toEqual([])
    }
  })
})
