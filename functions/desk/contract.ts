// Whom the processes of an order tell of messages that have failed for good, and what the admin may have done about them. One instance.
import * as v from 'valibot'
import { contract, failedNotice } from '../../lib/index.ts'

/** Failures that the desk remembers, the newest first; all are in the tables, where `gavotte failed` finds them. */
export const noticesMax = 25

const named = { process: v.string(), instance: v.string(), id: v.string() }
const notice = v.object({ ...named, type: v.string(), code: v.string(), reason: v.string(), parked: v.boolean() })
export type Notice = v.InferOutput<typeof notice>
export const notices = v.object({ failures: v.array(notice) })

export const Desk = contract('desk', {
  messages: { Failed: failedNotice },
  /** Refused as `unknown-failure` where the desk does not know of it. */
  calls: {
    Redrive: { request: v.object(named), reply: v.object({}) },
    Discard: { request: v.object(named), reply: v.object({}) },
  },
  view: notices,
})
export const theDesk = 'shop'
