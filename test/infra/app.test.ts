import { expect, test } from '@jest/globals'
import { app as definitions } from '../../functions/app.ts'
import { ofType } from '../cdk/plant.ts'
import { cdkContext, resourcesOf } from '../cdk/template.ts'

process.env.CDK_CONTEXT_JSON = JSON.stringify(cdkContext)
const { topology } = await import('../../infra/app.ts')
const resources = resourcesOf(topology)

const names = definitions.processes.map(({ contract }) => `gavotte-${contract.name}`)
const all = (type: string, property: string) => ofType(resources, type).map(({ Properties }) => String(Properties[property]))

test('each process of the app has one function, one table, one role, one mailbox and one dead-letter queue, and each with timers a timer queue and a role for it', () => {
  expect(all('AWS::Lambda::Function', 'FunctionName').sort()).toEqual(names.toSorted())
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
  expect(ofType(resources, 'AWS::IAM::Role')).toHaveLength(names.length + ofTimers.length)
})

test('it has two nodes, which need nothing of each other', () => {
  expect([...topology.nodes.values()].map(({ stackName }) => stackName)).toEqual(['gavotte-shop', 'gavotte-stock'])
  for (const node of topology.nodes.values()) expect(node.dependencies).toEqual([])
})

test('nothing else runs: no custom resources, no functions of the CDK', () => {
  const types = new Set(resources.map(({ Type }) => Type))
  expect([...types].filter((type) => /Custom|Lambda::(Permission|LayerVersion|Url)/.test(type))).toEqual([])
})
