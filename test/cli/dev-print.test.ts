// The lines of `gavotte dev`.
import { describe, expect, test } from '@jest/globals'
import { banner, eventLine } from '../../lib/cli/dev-print.ts'
import { app } from '../local/fixtures/chain/app.ts'

const at = new Date(2026, 0, 1, 12, 30, 5)
const route = (name: string) => ({ mailbox: `http://127.0.0.1:4566/000000000000/chain-${name}.fifo`, table: `chain-${name}` })
const cloud = {
  endpoint: 'http://127.0.0.1:4566',
  routes: { relay: route('relay'), sink: route('sink'), stuck: route('stuck') },
  web: {},
  calls: () => ({}),
  close: async () => {},
}

describe('the banner', () => {
  test('names the queues and gives lines that are ready to run', () => {
    expect(banner(app, cloud, { data: '.gavotte', appFile: 'functions/app.ts' })).toMatchInlineSnapshot(`
"Local cloud of chain on http://127.0.0.1:4566 (SQS, DynamoDB, Lambda and EventBridge Scheduler), data in .gavotte

  relay  http://127.0.0.1:4566/000000000000/chain-relay.fifo
  sink   http://127.0.0.1:4566/000000000000/chain-sink.fifo
  stuck  http://127.0.0.1:4566/000000000000/chain-stuck.fifo

To try, in another terminal:
  npx gavotte send relay/42 Pass '{"n":1}' --endpoint http://127.0.0.1:4566
  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
  aws --endpoint-url http://127.0.0.1:4566 sqs send-message --queue-url http://127.0.0.1:4566/000000000000/chain-relay.fifo --message-group-id 42 --message-deduplication-id "$(date +%s)" --message-body '{"to":"42","type":"Pass","body":{"n":1}}'
  aws --endpoint-url http://127.0.0.1:4566 dynamodb scan --table-name chain-relay

Ctrl-C stops it; what it holds is kept."
`)
  })
})

describe('an event', () => {
  test.each([
    [
      { kind: 'handled', process: 'order', instances: ['42'], messages: 1, returned: 0, ms: 12 } as const,
      'order/42              1 message in 12 ms',
    ],
    [
      { kind: 'handled', process: 'order', instances: ['42', '43'], messages: 5, returned: 2, ms: 12 } as const,
      'order/42 +1           5 messages in 12 ms, 2 returned to be tried again',
    ],
    [
      { kind: 'failed', process: 'order', instances: ['42'], messages: 1, reason: 'Error: no\nmore', ms: 12 } as const,
      'order/42              FAILED Error: no; 1 message will show again',
    ],
    [
      { kind: 'dead-lettered', process: 'order', messages: 1, total: 3 } as const,
      'order                 DEAD LETTER 1 message; its dead-letter queue holds 3',
    ],
    [
      { kind: 'ended', process: 'order', reason: 'Error: no', retryMs: 500 } as const,
      'order                 DOWN Error: no; tried again in 0.5 s',
    ],
    [{ kind: 'output', process: 'order', line: 'hello' } as const, 'order                 hello'],
  ])('is one line: $kind', (event, line) => {
    expect(eventLine(event, at)).toBe(`12:30:05  ${line}`)
  })
})
