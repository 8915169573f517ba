// One flow in one environment: its code, driven along its journal.
//
// The code runs until every promise that can settle has settled; then the next event of the journal is delivered, and so on. What lies
// behind the journal is done live: its effects go into the draft's commit together with the journal that tells of them, so that none is
// done twice and none is forgotten. A step is done only after all before it is committed.
import type { Process } from '../core/definition.ts'
import { FlowCancelled, Misfit, Rejected, Transient } from '../core/errors.ts'
import { schemaVersion } from '../core/evolving.ts'
import type { Driven } from '../core/flow-hop.ts'
import type { Draft } from '../core/hop.ts'
import {
  type FlowEvent,
  type FlowOp,
  type FlowState,
  flowTimer,
  journalVersion,
  labelOf,
  mismatch,
  thrownBy,
} from '../core/journal.ts'
import { journalBytesMax } from '../core/limits.ts'
import { sweepOf } from '../core/row.ts'
import { demand, type Schema } from '../core/schema.ts'
import { deadlineType } from '../core/waits.ts'
import { outboxOf } from './context.ts'
import type { Drive, Running, Steps } from './flow.ts'
import { type FlowContextParts, flowContextOf } from './flow-context.ts'
import { endOf, errorOf, placeOf } from './flow-end.ts'
import { inFlow, outsideFlow } from './flow-guard.ts'
import { doneOf, errorFrom, immediately, type Live, type Operation, type Pending, type Work } from './flow-operation.ts'
import { tryStep } from './flow-step.ts'
import { answerOf, left, stateOf } from './handle.ts'
import type { Host } from './host.ts'
import { reactionOf } from './reaction.ts'

export class FlowRun implements Running {
  readonly #process: Process
  readonly #host: Host
  readonly #instance: string
  readonly #flow: FlowState
  readonly #ops: FlowOp[]
  readonly #events: FlowEvent[]
  readonly #retries: Record<number, number>
  readonly #pending = new Map<number, Pending>()
  readonly #undo: (() => void | Promise<void>)[] = []
  #made = 0
  #delivered = 0
  #live: Live | undefined
  #fault: Error | undefined
  #end: Driven['ended']
  #started = false
  /** What is being undone is not interrupted by another cancellation. */
  #undoing = false
  /** Where the last operation was begun. */
  #place = ''

  constructor(process: Process, host: Host, instance: string, flow: FlowState) {
    if (flow.v > journalVersion)
      throw new Transient(
        'newer-journal',
        `the journal of ${flow.start.type} has version ${flow.v}, this code reads ${journalVersion}: deploy newer code`,
      )
    this.#process = process
    this.#host = host
    this.#instance = instance
    this.#flow = flow
    this.#ops = [...flow.ops]
    this.#events = [...flow.events]
    this.#retries = { ...flow.retries }
  }

  async drive(draft: Draft, { event, fired, steps }: Drive): Promise<Driven> {
    const live: Live = {
      outbox: outboxOf(this.#process, this.#host, draft, this.#flow.start),
      state: stateOf(this.#process, draft),
      ended: false,
      unreceived: draft.unreceived,
    }
    this.#live = live
    if (event !== undefined) this.#events.push(event)
    let worked = steps === undefined
    // What this drive comes to is committed before it is done.
    const committed = this.#ops.length
    for (;;) {
      await this.#settle()
      if (this.#end !== undefined || live.ended) {
        this.#demandAllMet()
        break
      }
      const next = this.#events[this.#delivered]
      if (next !== undefined) {
        this.#delivered += 1
        this.#deliver(next)
        continue
      }
      this.#demandCaughtUp()
      const ready = this.#ready(draft, fired).filter((op) => op < committed)
      if (this.#end !== undefined || ready.length === 0 || worked) break
      worked = true
      await Promise.all(ready.map((op) => this.#work(op, steps as Steps)))
    }
    return this.#driven(draft, live, fired)
  }

  /** Begins an operation, or meets it again. */
  begin({ label, live, decode = (value) => value, work }: Operation): Promise<unknown> {
    return outsideFlow(() => {
      const op = this.#made++
      this.#place = placeOf(new Error().stack)
      const known = this.#ops[op]
      if (known !== undefined && labelOf(known) !== label) return this.#broken(op, label)
      const recorded = known ?? this.#first(op, label, live)
      const thrown = thrownBy(recorded)
      if (thrown !== undefined) throw errorFrom(thrown)
      const value = typeof recorded === 'string' ? undefined : recorded[1]
      if (decode === immediately) return Promise.resolve(value)
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      this.#pending.set(op, { resolve, reject, decode, ...(work !== undefined && { work }) })
      return promise
    })
  }

  #first(op: number, label: string, live: Operation['live']): FlowOp {
    const out = live && this.#liveOrThrow()
    const done =
      out === undefined
        ? label
        : doneOf(
            label,
            () => live?.(op, out),
            () => out.outbox.drop(flowTimer(this.#flow.id, op)),
          )
    this.#ops.push(done)
    return done
  }

  /** What has come for an operation at once. */
  happened(event: FlowEvent): void {
    this.#events.push(event)
  }

  compensate(undo: () => void | Promise<void>): void {
    this.#undo.push(undo)
  }

  /** Whether the journal is used up, so that what is done now is done for the first time. */
  get isLive(): boolean {
    return this.#delivered >= this.#events.length && this.#made >= this.#ops.length
  }

  get now(): number {
    return this.#events[this.#delivered - 1]?.at ?? this.#flow.start.at
  }

  #liveOrThrow(): Live {
    if (this.#live !== undefined) return this.#live
    const advice = 'await nothing but what its context gives, and put all else in ctx.step'
    throw new Rejected('unjournaled-await', `the flow ${this.#flow.start.type} went on by itself${this.#place}: ${advice}`)
  }

  #broken(op: number, found: string | undefined): Promise<never> {
    this.#fault ??= new Misfit('journal-mismatch', mismatch(this.#flow, op, found))
    return new Promise(() => {})
  }

  /** What the journal has must have been met. */
  #demandAllMet(): void {
    if (this.#made < this.#ops.length) void this.#broken(this.#made, undefined)
    if (this.#fault !== undefined) throw this.#fault
  }

  #demandCaughtUp(): void {
    this.#demandAllMet()
    if (this.#pending.size > 0) return
    this.#end = endOf(
      this.#flow.start,
      new Rejected(
        'unjournaled-await',
        `the flow ${this.#flow.start.type} awaits something that is not in its journal${this.#place}: put it in ctx.step`,
      ),
    )
  }

  async #settle(): Promise<void> {
    if (!this.#started) {
      this.#started = true
      void inFlow(() => this.#run())
    }
    await this.#host.turn()
    if (this.#fault !== undefined) throw this.#fault
  }

  async #run(): Promise<void> {
    const { start } = this.#flow
    const { contract, internal } = this.#process
    const { type } = start
    const reaction = reactionOf(this.#process, type)
    if (reaction === undefined || !('run' in reaction)) return void this.#broken(0, `no flow ${type}`)
    const schema = contract.calls[type]?.request ?? contract.messages[type] ?? internal[type]
    const parts: FlowContextParts = { run: this, process: this.#process, host: this.#host, instance: this.#instance, start }
    try {
      const body = demand(schema as Schema, JSON.parse(JSON.stringify(start.body)), `${contract.name}.${type}`)
      const value = await reaction.run(flowContextOf(parts) as never, body as never)
      this.#end ??= { ...(start.reply !== undefined && { answer: answerOf(this.#process, type, value) }) }
    } catch (thrown) {
      this.#undoing = true
      const worse: unknown[] = []
      for (const undo of this.#undo.toReversed()) {
        try {
          await undo()
        } catch (error) {
          worse.push(error)
        }
      }
      this.#end ??= endOf(start, thrown, worse)
    }
  }

  #deliver(event: FlowEvent): void {
    if ('cancelled' in event) {
      if (this.#undoing) return
      const cancelled = new FlowCancelled('flow-cancelled', `${this.#flow.start.type} was cancelled`)
      const pending = [...this.#pending.values()]
      this.#pending.clear()
      for (const { reject } of pending) reject(cancelled)
      return
    }
    const pending = this.#pending.get(event.op)
    // Cancelled since, or never begun: the code that would have begun it has changed.
    if (pending === undefined) return event.op >= this.#made ? void this.#broken(event.op, undefined) : undefined
    this.#pending.delete(event.op)
    if ('error' in event) return pending.reject(errorOf(labelOf(this.#ops[event.op] as FlowOp), event.error))
    try {
      pending.resolve(pending.decode(event.value))
    } catch (thrown) {
      pending.reject(thrown)
    }
  }

  /** Steps that are to be done, and do not wait for another try. */
  #ready(draft: Draft, fired: string | undefined): readonly number[] {
    const timers = this.#live?.outbox.sent.timers
    return [...this.#pending].flatMap(([op, { work }]) => {
      const timer = flowTimer(this.#flow.id, op)
      const isWaiting = timers?.get(timer) !== undefined || (draft.timers.has(timer) && timer !== fired)
      return work === undefined || isWaiting ? [] : [op]
    })
  }

  async #work(op: number, { deadline, exhausted, done: before }: Steps): Promise<void> {
    const { work } = this.#pending.get(op) as Pending & { readonly work: Work }
    const trying = {
      instance: this.#instance,
      op,
      label: labelOf(this.#ops[op] as FlowOp),
      key: `${this.#flow.start.id}>${this.#process.contract.name}/${this.#instance}/${op}`,
      tried: this.#retries[op] ?? 0,
      deadline,
      exhausted,
    }
    const done = before.get(op) ?? (await tryStep(this.#host, work, trying))
    before.set(op, done)
    if (done.kind === 'came') return void this.#events.push(done.event)
    this.#retries[op] = done.tried
    const due = this.#host.clock.now() + done.delayMs
    this.#liveOrThrow().outbox.set({ name: flowTimer(this.#flow.id, op), type: deadlineType, body: {}, due })
  }

  #driven(draft: Draft, live: Live, fired: string | undefined): Driven {
    this.#live = undefined
    const running = this.#end === undefined && this.#ready(draft, fired).length > 0
    const { v, id, start, again } = this.#flow
    const flow: FlowState = {
      v,
      id,
      start,
      ...(again !== undefined && { again }),
      ops: [...this.#ops],
      events: [...this.#events],
      ...(running && { running }),
      ...(Object.keys(this.#retries).length > 0 && { retries: { ...this.#retries } }),
    }
    // What an operation no longer waits for does not come any more.
    for (const event of this.#events.slice(this.#flow.events.length)) if ('op' in event) live.outbox.drop(flowTimer(id, event.op))
    if (JSON.stringify(flow).length > journalBytesMax)
      this.#end ??= endOf(
        this.#flow.start,
        new Rejected('journal-too-long', `its journal is over ${journalBytesMax} bytes: begin a new flow by a message to itself`),
      )
    return {
      ...(live.ended ? { state: undefined, view: undefined } : left(this.#process, this.#instance, live.state)),
      schema: schemaVersion(this.#process.state),
      ...live.outbox.sent,
      ...(live.ended && { sends: [...live.outbox.sent.sends, ...sweepOf(this.#process, this.#instance, this.#flow.start)] }),
      flow,
      unreceived: live.unreceived,
      ...(this.#end !== undefined && { ended: this.#end }),
    }
  }
}
