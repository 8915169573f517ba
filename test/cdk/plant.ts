// A small app for the tests of the constructs, and its resources as CloudFormation gets them.
import * as z from 'zod'
import type { NodeSettings, Nodes, ProcessOptions, WebOptions } from '../../lib/cdk/index.ts'
import {
  type App,
  type Blueprint,
  contract,
  type Deploy,
  defineApp,
  defineProcess,
  defineWeb,
  type Web,
  type WebDeploy,
} from '../../lib/index.ts'
import { type Resource, resourcesOf, topologyOf } from './template.ts'

const body = z.object({})
export const Sensor = contract('sensor', { messages: { Measure: body } })
export const Gauge = contract('gauge', { messages: { Show: body }, view: body })
export const Archive = contract('archive', { messages: { Keep: body } })

/** An app of these processes. */
export const appOf = (processes: readonly Blueprint[], name = 'plant', web: readonly Web[] = []): App => ({
  ...defineApp(name, import.meta.url, processes, { web }),
  // Any handler that exists: nothing is bundled here.
  entry: () => new URL('../../functions/order/handler.ts', import.meta.url),
})

/** `sensor`, deployed so, uses `gauge`, which publishes a view, and `archive`, which does not and has rows; these use nobody. */
export const plant = (deploy: Deploy = {}): App =>
  appOf([
    defineProcess(Sensor, { state: body, uses: [Gauge, Archive], deploy }),
    defineProcess(Gauge, { state: body }),
    defineProcess(Archive, { state: body, rows: body, deploy: { mailbox: 'unordered' } }),
  ])

const Boiler = contract('boiler', { messages: {}, calls: { Heat: { request: body, reply: body } } })
const Panel = contract('panel', { messages: { Press: body } })
const Siren = contract('siren', { messages: { Sound: body } })

/** `panel` asks `boiler` and has timers, as `boiler` has, which answers; `siren` uses the boiler too, and has none. */
export const control = (deploy: Deploy = {}): App =>
  appOf(
    [
      defineProcess(Panel, { state: body, uses: [Boiler], internal: { Wake: body }, deploy }),
      defineProcess(Boiler, { state: body }),
      defineProcess(Siren, { state: body, uses: [Boiler] }),
    ],
    'control',
  )
/** All of the control room on one node. */
export const controlRoom = (
  options: { readonly [process: string]: ProcessOptions } = {},
  settings: Partial<NodeSettings> = {},
): Nodes => ({ room: { ...settings, processes: { panel: {}, boiler: {}, siren: {}, ...options } } })

/** `site`, deployed so, uses `gauge`, which publishes a view, `boiler`, which answers calls, and `archive`, which does neither; `siren` uses the boiler too. */
export const lobby = (deploy: WebDeploy = {}): App =>
  appOf(
    [
      defineProcess(Gauge, { state: body }),
      defineProcess(Boiler, { state: body }),
      defineProcess(Archive, { state: body, deploy: { mailbox: 'unordered' } }),
      defineProcess(Siren, { state: body, uses: [Boiler] }),
    ],
    'lobby',
    [defineWeb('site', { uses: [Gauge, Boiler, Archive], deploy })],
  )
/** All of the lobby on one node. */
export const oneFloor = (options: WebOptions = {}, settings: Partial<NodeSettings> = {}): Nodes => ({
  floor: { ...settings, processes: { gauge: {}, boiler: {}, archive: {}, siren: {} }, web: { site: options } },
})

/** All of the plant on one node. */
export const oneNode = (
  options: { readonly [process: string]: ProcessOptions } = {},
  settings: Partial<NodeSettings> = {},
): Nodes => ({ all: { ...settings, processes: { sensor: {}, gauge: {}, archive: {}, ...options } } })

/** The resources of the plant; `deploy` is that of `sensor`. */
export const synthesize = (deploy: Deploy = {}, nodes: Nodes = oneNode()): readonly Resource[] =>
  resourcesOf(topologyOf(plant(deploy), nodes))

export const ofType = (resources: readonly Resource[], type: string): readonly Resource[] =>
  resources.filter(({ Type }) => Type === type)

/** The properties of the resource of a type that is named so. */
export const named = (resources: readonly Resource[], type: string, property: string, name: string): Resource['Properties'] => {
  const found = ofType(resources, type).find(({ Properties }) => Properties[property] === name)
  if (found === undefined) throw new Error(`no ${type} has ${property} ${name}`)
  return found.Properties
}
export const queueNamed = (resources: readonly Resource[], name: string): Resource['Properties'] =>
  named(resources, 'AWS::SQS::Queue', 'QueueName', name)
