// AWS's own rules for what is deployed (AwsSolutions of cdk-nag).
import { expect, test } from '@jest/globals'
import { App as CdkApp } from 'aws-cdk-lib/core'
import { AwsSolutionsChecks } from 'cdk-nag'
import { app } from '../../functions/app.ts'
import { nodes } from '../../infra/nodes.ts'
import { Topology } from '../../lib/cdk/index.ts'
import { cdkContext } from '../cdk/template.ts'

const violations = (act: (topology: Topology) => void = () => undefined): readonly string[] => {
  const root = new CdkApp({ context: cdkContext })
  act(new Topology(root, { app, nodes }))
  const { violations } = new AwsSolutionsChecks(root).validateScope(root)
  return violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath = '' }) => `${ruleName} at ${constructPath}`),
  )
}

test('the reference app breaks none of the rules, and none is suppressed', () => {
  expect(violations()).toEqual([])
})

test('the rules are asked: a queue without TLS would break one', () => {
  expect(
    violations((topology) => {
      topology.process('order').mailboxes[0]?.node.tryRemoveChild('Policy')
    }),
  ).toEqual([expect.stringMatching(/^AwsSolutions-SQS4 at gavotte-shop\/order\/Mailbox/)])
})
