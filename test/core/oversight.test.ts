// Who supervises and monitors must be able to: an app is refused where it is put together.
import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { sendsTo } from '../../lib/core/app.ts'
import { contract, defineApp, defineProcess, failedNotice, type Intensity, monitorNotices } from '../../lib/index.ts'

const Patient = contract('patient', { messages: {} })
const Nurse = contract('nurse', { messages: { Failed: failedNotice } })
const none = { initial: () => ({}), on: {} }
const patient = (restarts?: Intensity, every?: '0s' | '1m') =>
  defineProcess(Patient, {
    state: z.object({}),
    supervisor: { process: Nurse, ...(restarts && { restarts }) },
    ...(every && { heartbeat: { every } }),
  }).handle(none)
const listens = { initial: () => ({}), on: { Failed: () => {}, Down: () => {}, Up: () => {} } }
const nurse = defineProcess(Nurse, { state: z.object({}), uses: [Patient], internal: { ...monitorNotices } }).handle(listens)
const deaf = defineProcess(Nurse, { state: z.object({}) }).handle({ initial: () => ({}), on: { Failed: () => {} } })
const timeless = defineProcess(Nurse, {
  state: z.object({}),
  uses: [Patient],
  internal: { ...monitorNotices },
  deploy: { timers: false },
}).handle(listens)

const appOf = (...processes: Parameters<typeof defineApp>[2]) => defineApp('ward', import.meta.url, processes)

describe('an app', () => {
  test.each([
    [{ most: -1, within: '1m' }],
    [{ most: 1.5, within: '1m' }],
    [{ most: 101, within: '1m' }],
    [{ most: 1, within: 0 }],
  ] as const)('with restarts %j is refused', (restarts) => {
    expect(() => appOf(patient(restarts), nurse)).toThrow('illegal-setting')
  })

  test('whose supervisor cannot listen to a heartbeat is refused', () => {
    expect(() => appOf(patient(undefined, '1m'), deaf)).toThrow('no-notices')
    expect(() => appOf(patient(undefined, '1m'), timeless)).toThrow('no-notices')
    expect(() => appOf(patient(undefined, '0s'), nurse)).toThrow('illegal-setting')
    expect(appOf(patient(undefined, '1m'), nurse).processes).toHaveLength(2)
  })

  test('with a heartbeat that nobody listens to is refused', () => {
    const lone = defineProcess(Patient, { state: z.object({}), heartbeat: { every: '1m' } }).handle(none)
    expect(() => appOf(lone)).toThrow('no-supervisor')
  })
})

test('whoever is monitored has a route to whoever monitors, though it has no calls', () => {
  const lone = defineProcess(Patient, { state: z.object({}) }).handle(none)
  const uses = defineProcess(Nurse, { state: z.object({}), uses: [Patient] }).handle({
    initial: () => ({}),
    on: { Failed: () => {} },
  })
  expect(sendsTo(lone, nurse)).toBe(true)
  expect(sendsTo(lone, uses)).toBe(false)
})
