// AWS's own rules for what is deployed (AwsSolutions of cdk-nag).
import { expect, test } from '@jest/globals'
import { App as CdkApp } from 'aws-cdk-lib/core'
import { AwsSolutionsChecks } from 'cdk-nag'
import { app } from '../../functions/app.ts'
import { nodes } from '../../infra/nodes.ts'
import { Topology, type TopologyProps } from '../../lib/cdk/index.ts'
import type { WebAccess } from '../../lib/index.ts'
import { control, controlRoom, lobby, oneFloor } from '../cdk/plant.ts'
import { cdkContext } from '../cdk/template.ts'

const violations = (
  act: (topology: Topology) => void = () => undefined,
  of: TopologyProps = { app, nodes },
): readonly string[] => {
  const root = new CdkApp({ context: cdkContext })
  act(new Topology(root, of))
  const { violations } = new AwsSolutionsChecks(root).validateScope(root)
  return violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath = '' }) => `${ruleName} at ${constructPath}`),
  )
}

// By design: schedules are named as they are made, so a role names their group.
const namesItsGroup = (node: string, process: string) =>
  expect.stringMatching(`^AwsSolutions-IAM5\\[[^\\]]*:schedule/${node}/\\*\\] at ${node}/${process}/Role/Resource$`)

const timed = new Set(app.processes.filter(({ deploy }) => deploy.timers).map(({ contract }) => contract.name))
const namedGroups = Object.entries(nodes).flatMap(([node, { processes }]) =>
  Object.keys(processes)
    .filter((process) => timed.has(process))
    .map((process) => namesItsGroup(`gavotte-${node}`, process)),
)

test('the reference app breaks none of the rules but one, where it has timers, and none is suppressed', () => {
  expect(violations()).toEqual(namedGroups)
})

test('each process with timers breaks that one', () => {
  expect(violations(undefined, { app: control(), nodes: controlRoom() })).toEqual(
    ['panel', 'boiler'].map((process) => namesItsGroup('control-room', process)),
  )
})

test('a web function breaks none, be it public or not', () => {
  const ofSite = (access: WebAccess) =>
    violations(undefined, { app: lobby({ access }), nodes: oneFloor() }).filter((one) => one.includes('/site/'))
  expect([ofSite('iam'), ofSite('public')]).toEqual([[], []])
})

test('the rules are asked: a queue without TLS would break one', () => {
  expect(
    violations((topology) => {
      topology.process('order').mailboxes[0]?.node.tryRemoveChild('Policy')
    }),
  ).toEqual([expect.stringMatching(/^AwsSolutions-SQS4 at gavotte-shop\/order\/Mailbox/), ...namedGroups])
})
