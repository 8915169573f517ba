import { expect, test } from '@jest/globals'
import { jsonLog } from '../../lib/aws/log.ts'

const logged = (act: (log: ReturnType<typeof jsonLog>) => void): readonly unknown[] => {
  const lines: unknown[] = []
  act(jsonLog('info', { process: 'order' }, (line) => lines.push(JSON.parse(line))))
  return lines
}

test('a line has level, time, message and fields', () => {
  expect(logged((log) => log.write('warn', 'handler failed', { instance: '42' }))).toEqual([
    { level: 'warn', timestamp: expect.stringMatching(/^\d{4}-/), message: 'handler failed', process: 'order', instance: '42' },
  ])
})

test('a line below the level is not written', () => {
  expect(logged((log) => log.write('debug', 'loaded'))).toEqual([])
})

test('errors are described, and what JSON cannot carry does not throw', () => {
  const loop: { self?: unknown } = {}
  loop.self = loop
  const [error, big, circular] = logged((log) => {
    log.write('error', 'threw', { error: new TypeError('no') })
    log.write('info', 'counted', { count: 10n })
    log.write('info', 'odd', { loop })
  })
  expect(error).toMatchObject({ error: { message: 'TypeError: no' } })
  expect(big).toMatchObject({ count: '10' })
  expect(circular).toMatchObject({ message: 'odd', loop: '[object Object]' })
})
