// Digests as AWS computes them, and what is read of message attributes.
import { expect, test } from '@jest/globals'
import { md5OfAttributes, readSent, writeSent } from '../../lib/local/sqs-wire.ts'

test('the digest of attributes is the one that SQS answers', () => {
  const digest = (stringValue: string): string => md5OfAttributes({ timestamp: { dataType: 'Number', stringValue } })
  expect(digest('1493147359900')).toBe('235c5c510d26fb653d073faed50ae77c')
  expect(digest('1493147359901')).toBe('994258b45346a2cc3f9cbb611aa7af30')
})

test('the digest does not depend on the order of attributes', () => {
  const [one, other] = [
    { dataType: 'String', stringValue: '1' },
    { dataType: 'Binary', binaryValue: 'AP8=' },
  ]
  expect(md5OfAttributes({ one, other })).toBe(md5OfAttributes({ other, one }))
  expect(md5OfAttributes({ one: other, other: one })).not.toBe(md5OfAttributes({ one, other }))
})

test('the digest of a body is that of its UTF-8', () => {
  const sent = readSent({ MessageBody: 'derp' })
  expect(writeSent(sent, { messageId: 'id' })).toEqual({ MessageId: 'id', MD5OfMessageBody: '58fd9edd83341c29f1aebba81c31e257' })
})

test('more than ten attributes, bad names and other system attributes are refused', () => {
  const attribute = { DataType: 'String', StringValue: 'x' }
  const named =
    (...names: string[]) =>
    () =>
      readSent({ MessageBody: 'a', MessageAttributes: Object.fromEntries(names.map((name) => [name, attribute])) })
  expect(named(...'a b c d e f g h i j'.split(' '))).not.toThrow()
  expect(named(...'a b c d e f g h i j k'.split(' '))).toThrow('exceeds the allowed maximum')
  for (const name of ['.a', 'a.', 'a..b', 'AWS.x', 'amazon.x', 'a b', 'x'.repeat(257)])
    expect(named(name)).toThrow('invalid name')
  for (const name of ['a.b', 'awsome', '_', 'x'.repeat(256)]) expect(named(name)).not.toThrow()
  expect(() => readSent({ MessageBody: 'a', MessageSystemAttributes: { Other: attribute } })).toThrow('Other')
})
