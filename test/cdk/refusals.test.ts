// What cannot be deployed as it is written is refused at synth, by one line that names the definition and says what to change.
import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import type { Nodes, ProcessOptions } from '../../lib/cdk/index.ts'
import { type Contract, contract, type Deploy, defineApp, defineProcess, Misconfigured } from '../../lib/index.ts'
import { Archive, appOf, Gauge, oneNode, plant, Sensor } from './plant.ts'
import { resourcesOf, topologyOf } from './template.ts'

const body = z.object({})

const refusal = (act: () => unknown): string => {
  try {
    act()
  } catch (thrown) {
    if (thrown instanceof Misconfigured) return thrown.message
    throw thrown
  }
  return 'accepted'
}
const refusalOf = (nodes: Nodes): string => refusal(() => topologyOf(plant(), nodes))

describe('nodes', () => {
  test.each<[title: string, nodes: Nodes, message: string]>([
    [
      'a process that another uses is on no node',
      { field: { processes: { sensor: {}, gauge: {} } } },
      'process-nowhere: archive is on no node, and sensor may send to it: add it to one, or take it out of the app',
    ],
    [
      'a process that nobody uses is on no node',
      { field: { processes: { gauge: {}, archive: {} } } },
      'process-nowhere: sensor is on no node: add it to one, or take it out of the app',
    ],
    [
      'a node lists a process that the app does not',
      oneNode({ sensors: {} }),
      'process-unknown: node all lists sensors, which the app does not: name one of sensor, gauge, archive',
    ],
    [
      'a process is on two nodes',
      { ...oneNode(), spare: { processes: { gauge: {} } } },
      'process-twice: gauge is on node all and on node spare: take it off one of them',
    ],
    [
      'a node has a name that a stack cannot have',
      { Field_1: { processes: {} } },
      'illegal-name: node name "Field_1": use lower-case letters, digits and dashes, at most 31, a letter first',
    ],
    [
      'one node names its region and another does not',
      {
        field: { env: { region: 'eu-west-1' }, processes: { sensor: {} } },
        office: { processes: { gauge: {}, archive: {} } },
      },
      'env-incomplete: node field names its region and node office does not: name it in all nodes or in none',
    ],
  ])('are refused if %s', (_, nodes, message) => {
    expect(refusalOf(nodes)).toBe(message)
  })
})

describe('settings', () => {
  const unordered = { mailbox: 'unordered' } as const

  test.each<[deploy: Deploy, fault: string]>([
    [{ concurrency: 1 }, 'concurrency must be 2 to 1000 (Lambda)'],
    [{ concurrency: 1001 }, 'concurrency must be 2 to 1000 (Lambda)'],
    [{ batch: 11 }, 'batch must be 1 to 10 on an ordered mailbox (Lambda)'],
    [{ ...unordered, batch: 10_001, windowSeconds: 1 }, 'batch must be 1 to 10000 on an unordered mailbox (Lambda)'],
    [{ ...unordered, batch: 11 }, 'a batch of 11 needs windowSeconds of at least 1 (Lambda)'],
    [{ windowSeconds: 1 }, 'windowSeconds needs an unordered mailbox: FIFO queues have no window (Lambda)'],
    [{ ...unordered, windowSeconds: 301 }, 'windowSeconds must be 0 to 300 (Lambda)'],
    [{ shards: 0 }, 'shards must be 1 to 50'],
    [{ shards: 51 }, 'shards must be 1 to 50'],
    [{ shards: 1.5 }, 'shards must be 1 to 50'],
    [{ logRetentionDays: 31 }, 'logRetentionDays must be one of 1, 3, 5, 7, 14, 30,'],
    [{ timeoutSeconds: 901 }, 'timeoutSeconds must be 1 to 900 (Lambda)'],
  ])('%j are refused in an app and on a node', (deploy, fault) => {
    const defined = () => defineApp('plant', import.meta.url, [defineProcess(Sensor, { state: body, deploy })])
    expect(refusal(defined)).toContain(`illegal-setting: sensor: ${fault}`)
    const { mailbox, ...options } = deploy
    const name = mailbox === 'unordered' ? 'archive' : 'gauge'
    expect(refusalOf(oneNode({ [name]: options }))).toContain(`illegal-setting: ${name}: ${fault}`)
  })

  test.each<ProcessOptions>([
    { concurrency: 2, batch: 1, shards: 3, logRetentionDays: 1 },
    { concurrency: 1000, batch: 10, memoryMb: 10_240, timeoutSeconds: 900, logRetentionDays: 3653 },
  ])('%j are taken', (options) => {
    expect(refusalOf(oneNode({ gauge: options }))).toBe('accepted')
  })

  test('a message that shows again before its function may have ended is refused', () => {
    expect(refusalOf(oneNode({ gauge: { visibilitySeconds: 179 } }))).toBe(
      'illegal-setting: gauge: visibilitySeconds must be 180 (6 × timeoutSeconds + windowSeconds, Lambda) to 43200, not 179',
    )
    expect(refusalOf(oneNode({ gauge: { visibilitySeconds: 180 } }))).toBe('accepted')
  })
})

describe('definitions', () => {
  test('a message that is declared and not handled is refused', () => {
    const half = { ...defineProcess(Sensor, { state: body }), behaviour: { initial: () => ({}), on: {} } }
    expect(refusal(() => topologyOf(appOf([half]), { all: { processes: { sensor: {} } } }))).toBe(
      'handler-missing: sensor declares Measure and does not handle it: add it to `on`',
    )
  })

  test('two processes of one name are refused', () => {
    expect(refusal(() => appOf([defineProcess(Gauge, { state: body }), defineProcess(Gauge, { state: body })]))).toBe(
      'process-twice: two processes are named "gauge": rename one',
    )
  })

  const named = (name: string): Contract => contract(name, { messages: { Keep: body } })
  const refusalOfNames = (app: string, ...names: readonly string[]): string =>
    refusal(() =>
      topologyOf(
        appOf(
          names.map((name) => defineProcess(named(name), { state: body })),
          app,
        ),
        { all: { processes: Object.fromEntries(names.map((name) => [name, {}])) } },
      ),
    )

  test('a name that with app and region is too long for a role is refused, one that just fits is not', () => {
    expect(refusalOfNames('twenty-one-characters', 'process-name-of-28-character')).toBe(
      'illegal-name: process-name-of-28-character: its role would be twenty-one-characters-process-name-of-28-character-ap-southeast-1, 65 characters where AWS takes 64: shorten the name of the process or of the app',
    )
    expect(refusalOfNames('twenty-one-characters', 'process-name-of-27-characte')).toBe('accepted')
  })

  test('two processes that would share a queue are refused', () => {
    const archive = defineProcess(Archive, { state: body, deploy: { mailbox: 'unordered', shards: 2 } })
    for (const [name, queue] of [
      ['archive-dlq', 'plant-archive-dlq'],
      ['archive-s1', 'plant-archive-s1'],
    ] as const) {
      const other = defineProcess(named(name), { state: body, deploy: { mailbox: 'unordered' } })
      expect(refusal(() => topologyOf(appOf([archive, other]), { all: { processes: { archive: {}, [name]: {} } } }))).toBe(
        `name-twice: archive and ${name} would both have a queue ${queue}: rename one of them`,
      )
    }
  })
})

describe('size', () => {
  const many = (count: number) => {
    const names = Array.from({ length: count }, (_, n) => `p${n}`)
    const app = appOf(names.map((name) => defineProcess(contract(name, { messages: {} }), { state: body })))
    return { app, nodes: { all: { processes: Object.fromEntries(names.map((name) => [name, {}])) } } }
  }
  const warnings = (count: number): readonly unknown[] => {
    const { app, nodes } = many(count)
    const { nodes: made } = topologyOf(app, nodes)
    return [...made.values()].flatMap(({ node }) =>
      node.metadata.filter(({ type }) => type === 'aws:cdk:warning').map(({ data }) => data),
    )
  }

  test('a node near the limit of CloudFormation is warned of, and one at it refused, with what fits', () => {
    expect(warnings(31)).toEqual([])
    expect(warnings(32)).toEqual([
      expect.stringContaining(
        'node all has 450 resources for 32 processes, and CloudFormation takes 500: about 35 such processes fit, put some on another node',
      ),
    ])
    const { app, nodes } = many(36)
    expect(refusal(() => topologyOf(app, nodes))).toBe(
      'node-too-large: node all has 506 resources for 36 processes, and CloudFormation takes 500: about 35 such processes fit, put some on another node',
    )
  })

  test('resources are counted as CloudFormation will: 14 a process, the dashboard, and one that the CDK adds', () => {
    const { app, nodes } = many(2)
    expect(resourcesOf(topologyOf(app, nodes))).toHaveLength(2 * 14 + 1)
    expect(32 * 14 + 1 + 1).toBe(450)
  })

  test('routes that do not fit the environment of a function are refused', () => {
    expect(refusalOf(oneNode({ gauge: { shards: 30 }, archive: { shards: 20 } }))).toMatch(
      /^routes-too-long: sensor reaches 51 queues of 3 processes: with these routes its environment has \d+ bytes and Lambda takes 4096: use fewer processes, or give them fewer shards$/,
    )
    expect(refusalOf(oneNode({ gauge: { shards: 20 }, archive: { shards: 20 } }))).toBe('accepted')
  })
})
