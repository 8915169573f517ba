// What a test sees of a world: states, views, and messages that failed for good.
import type { Contract } from '../core/contract.ts'
import type { Blueprint } from '../core/definition.ts'
import { decodeBundle } from '../core/envelope.ts'
import { address } from '../core/names.ts'
import { recordSk } from '../core/record.ts'
import type { Attribute } from '../ports/store.ts'
import type { Cloud, Deployed } from './cloud.ts'
import { keyOf } from './message-book.ts'
import { partIn } from './part.ts'
import { rowsIn } from './rows.ts'
import { stateIn } from './runs.ts'
import type { Stage } from './stage.ts'
import { nothingStashed } from './stashes.ts'
import type { World } from './world.ts'

export const lookInto = (
  cloud: Cloud,
  { time, ledger }: Stage,
): Pick<World, 'state' | 'states' | 'instances' | 'rows' | 'view' | 'failed' | 'resolved'> => {
  const stateOf = ({ table }: Deployed, id: string) => {
    const item = table.get(id, recordSk, time.now())
    const text = item === undefined ? undefined : partIn(table, item, 'state', time.now())
    return text === undefined ? undefined : stateIn(text)
  }
  const itemsOf = ({ table }: Deployed) => [...table.items(time.now())]
  const instances = (deployed: Deployed): readonly (readonly [id: string, state: unknown])[] =>
    itemsOf(deployed)
      .filter(({ sk }) => sk === recordSk)
      .map(({ pk }) => [pk, stateOf(deployed, pk)] as const)
      .filter(([, state]) => state !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
  // Each time that a message failed for good is an item of its own.
  const failures = () => {
    const stashes = new Map([...ledger.stashes()].map(([receiver, stash]) => [receiver, stash]))
    const isOn = (receiver: string, id: string, code: string): boolean => {
      const { parked, still } = stashes.get(receiver) ?? nothingStashed
      return parked === id || (still === true && code === 'not-sent')
    }
    return [...cloud.processes()].flatMap((deployed) =>
      itemsOf(deployed)
        .filter(({ sk }) => /^failed\/[0-9a-f]+(~[0-9]+)?$/.test(sk))
        .map(({ pk, sk, attributes }) => {
          const id = String(attributes.id)
          const receiver = address(deployed.name, pk)
          const done = deployed.table.get(pk, sk.replace('failed', 'resolved'), time.now())?.attributes
          const how = done?.how as 'redriven' | 'discarded' | undefined
          return {
            done: how && {
              how,
              at: Number(done?.at),
              ...(done?.by !== undefined && { by: String(done.by) }),
              ...(done?.why !== undefined && { why: String(done.why) }),
            },
            process: deployed.name,
            instance: pk,
            id,
            type: attributes.type as string | undefined,
            body: bodyIn(attributes.message),
            code: String(attributes.code),
            reason: String(attributes.reason),
            planned: attributes.code === 'not-sent' || ledger.poisoned.has(keyOf(id, receiver)),
            round: Number(attributes.round ?? 0),
            parked: how === undefined && isOn(receiver, id, String(attributes.code)),
          }
        }),
    )
  }
  return {
    state: (of: Blueprint | Contract, id: string) =>
      stateOf(cloud.process('contract' in of ? of.contract.name : of.name), id) as never,
    states: ((of?: Blueprint) =>
      of === undefined
        ? Object.fromEntries([...cloud.processes()].map((deployed) => [deployed.name, Object.fromEntries(instances(deployed))]))
        : instances(cloud.process(of.contract.name)).map(([, state]) => state)) as never,
    instances: ({ contract }) => new Map(instances(cloud.process(contract.name))),
    rows: ({ contract }, id) => rowsIn(cloud.process(contract.name).table, id, time.now()),
    view: (of, id) => {
      const { name } = of as Contract
      const text = cloud.process(name).table.get(id, recordSk, time.now())?.attributes.view
      return (text === undefined ? undefined : JSON.parse(text as string)) as never
    },
    failed: () => failures().flatMap(({ done, ...failed }) => (done === undefined ? [failed] : [])),
    resolved: () => failures().flatMap(({ done, ...failed }) => (done === undefined ? [] : [{ ...failed, ...done }])),
  }
}

const bodyIn = (message: Attribute | undefined): unknown => {
  const [arrival] = typeof message === 'string' ? decodeBundle(message, { messageId: '', sentAt: 0 }) : []
  return arrival?.kind === 'message' ? arrival.envelope.body : undefined
}
