import { expect, test } from '@jest/globals'
import { app as definitions } from '../../functions/app.ts'
import { ofType } from '../cdk/plant.ts'
import { cdkContext, resourcesOf } from '../cdk/template.ts'

process.env.CDK_CONTEXT_JSON = JSON.stringify(cdkContext)
const { topology } = await import('../../infra/app.ts')
const resources = resourcesOf(topology)

const names = definitions.processes.map(({ contract }) => `gavotte-${contract.name}`)
const webs = definitions.web.map(({ name }) => `gavotte-${name}`)
const all = (type: string, property: string) => ofType(resources, type).map(({ Properties }) => String(Properties[property]))

test('each process of the app has one function, one table, one role, one mailbox and one dead-letter queue, and each with timers a timer queue and a role for it', () => {
  expect(all('AWS::Lambda::Function', 'FunctionName').sort()).toEqual([...names, ...webs].sort())
  expect(all('AWS::DynamoDB::Table', 'TableName').sort()).toEqual(names.toSorted())
  const ofTimers = definitions.processes
    .filter(({ deploy }) => deploy.timers)
    .map(({ contract }) => `gavotte-${contract.name}-timer`)
  expect(ofTimers).toContain('gavotte-order-timer')
  expect(ofTimers).not.toContain('gavotte-inventory-timer')
  expect(all('AWS::SQS::Queue', 'QueueName').sort()).toEqual(
    [
      ...names.flatMap((name) => [`${name}.fifo`, `${name}-dlq.fifo`]),
      ...ofTimers.flatMap((name) => [name, `${name}-dlq`]),
    ].sort(),
  )
  expect(ofType(resources, 'AWS::IAM::Role')).toHaveLength(names.length + ofTimers.length + webs.length)
})

test('it has two nodes, which need nothing of each other', () => {
  expect([...topology.nodes.values()].map(({ stackName }) => stackName)).toEqual(['gavotte-shop', 'gavotte-stock'])
  for (const node of topology.nodes.values()) expect(node.dependencies).toEqual([])
})

test('nothing else runs: no custom resources, no functions of the CDK, and but one URL', () => {
  const types = new Set(resources.map(({ Type }) => Type))
  expect([...types].filter((type) => /Custom|Lambda::LayerVersion/.test(type))).toEqual([])
  expect(ofType(resources, 'AWS::Lambda::Url')).toHaveLength(1)
  expect(ofType(resources, 'AWS::Lambda::Permission')).toHaveLength(2)
})

test('the web server may read of inventory what it publishes, and write nothing of it', () => {
  const [role] = ofType(resources, 'AWS::IAM::Role').filter(({ Properties }) => /-web(-|$)/.test(String(Properties.RoleName)))
  const policies = JSON.stringify(role?.Properties.Policies)
  const statements = (JSON.parse(policies) as { PolicyDocument: { Statement: { Action: unknown; Condition?: unknown }[] } }[])
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .filter((statement) => /table\/gavotte-inventory/.test(JSON.stringify(statement)))
  expect(statements).toMatchObject([
    {
      Effect: 'Allow',
      Action: 'dynamodb:GetItem',
      Condition: {
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', 'view'] },
        StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
      },
    },
  ])
})
