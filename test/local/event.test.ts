// The event of an SQS mapping, and the reading of a partial batch response.
import { describe, expect, test } from '@jest/globals'
import { readResponse, sqsEvent } from '../../lib/local/event.ts'

describe('the event', () => {
  test('has the shape that Lambda documents', () => {
    const received = {
      messageId: 'm-1',
      receipt: 'r-1',
      body: '{"to":"42"}',
      attributes: { reason: { dataType: 'String', stringValue: 'poison' } },
      receiveCount: 2,
      sentAt: 1_700_000_000_000,
      firstReceivedAt: 1_700_000_000_500,
      group: '42',
      deduplication: 'd-1',
      sequenceNumber: '18800000000000000256',
    }
    expect(sqsEvent('shop-order.fifo', [received])).toEqual({
      Records: [
        {
          messageId: 'm-1',
          receiptHandle: 'r-1',
          body: '{"to":"42"}',
          attributes: {
            ApproximateReceiveCount: '2',
            SentTimestamp: '1700000000000',
            SenderId: 'local',
            ApproximateFirstReceiveTimestamp: '1700000000500',
            MessageGroupId: '42',
            MessageDeduplicationId: 'd-1',
            SequenceNumber: '18800000000000000256',
          },
          messageAttributes: {
            reason: { dataType: 'String', stringValue: 'poison', stringListValues: [], binaryListValues: [] },
          },
          md5OfBody: '37b3245db1562a67b879b9fa15568f5f',
          eventSource: 'aws:sqs',
          eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:shop-order.fifo',
          awsRegion: 'us-east-1',
        },
      ],
    })
  })
})

describe('a response', () => {
  const ids = new Set(['a', 'b'])

  test.each([['null'], ['{}'], ['{"batchItemFailures":null}'], ['{"batchItemFailures":[]}'], ['""']])(
    '%s means that all went well',
    (response) => {
      expect(readResponse(response, ids)).toEqual({ kind: 'read', failed: new Set() })
    },
  )

  test('keeps the messages that it names', () => {
    expect(readResponse('{"batchItemFailures":[{"itemIdentifier":"b"}]}', ids)).toEqual({ kind: 'read', failed: new Set(['b']) })
  })

  test.each([
    ['"done"'],
    ['{"batchItemFailures":"a"}'],
    ['{"batchItemFailures":[{"itemIdentifier":""}]}'],
    ['{"batchItemFailures":[{"itemIdentifier":null}]}'],
    ['{"batchItemFailures":[{"id":"a"}]}'],
    ['{"batchItemFailures":[null]}'],
    ['{"batchItemFailures":[{"itemIdentifier":"c"}]}'],
  ])('%s means that none did', (response) => {
    expect(readResponse(response, ids)).toEqual({ kind: 'malformed', reason: expect.any(String) })
  })
})
