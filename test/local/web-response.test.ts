// Responses of function URLs, pinned to "Invoking Lambda function URLs" of the AWS Lambda Developer Guide (response payload format).
import { describe, expect, test } from '@jest/globals'
import { readUrlResponse } from '../../lib/local/web-response.ts'

const sent = (returned: unknown) => {
  const read = readUrlResponse(JSON.stringify(returned))
  if (read.kind === 'malformed') return read.reason
  const { status, headers, body } = read.response
  return { status, headers, body: body.toString() }
}
const json = { 'content-type': 'application/json' }

describe('without a statusCode', () => {
  test.each<[unknown, string]>([
    ['Hello, world!', '"Hello, world!"'],
    [{ message: 'Hello, world!' }, '{"message":"Hello, world!"}'],
    [[1, 2], '[1,2]'],
    [null, 'null'],
  ])('%j is sent as JSON with status 200', (returned, body) => {
    expect(sent(returned)).toEqual({ status: 200, headers: json, body })
  })
})

describe('with a statusCode', () => {
  test('status, headers and body are the function’s own, cookies a header each', () => {
    expect(
      sent({
        statusCode: 201,
        headers: { 'Content-Type': 'text/html', 'My-Custom-Header': 'Custom Value', Retries: 3 },
        body: '<p>ä</p>',
        cookies: ['Cookie_1=Value1; Expires=21 Oct 2021 07:48 GMT', 'Cookie_2=Value2; Max-Age=78000'],
        isBase64Encoded: false,
      }),
    ).toEqual({
      status: 201,
      headers: {
        'content-type': 'text/html',
        'my-custom-header': 'Custom Value',
        retries: '3',
        'set-cookie': ['Cookie_1=Value1; Expires=21 Oct 2021 07:48 GMT', 'Cookie_2=Value2; Max-Age=78000'],
      },
      body: '<p>ä</p>',
    })
  })

  test('a base64 body is sent as the bytes that it stands for', () => {
    const bytes = Buffer.from([0, 255, 128])
    const read = readUrlResponse(JSON.stringify({ statusCode: 200, body: bytes.toString('base64'), isBase64Encoded: true }))
    expect(read.kind === 'read' && read.response.body.equals(bytes)).toBe(true)
  })

  test('a status alone is a response, and one that is a text counts as its number', () => {
    expect(sent({ statusCode: 204 })).toEqual({ status: 204, headers: json, body: '' })
    expect(sent({ statusCode: '404' })).toMatchObject({ status: 404 })
  })

  test('how the body is framed is the server’s business', () => {
    expect(
      sent({ statusCode: 200, headers: { 'Content-Length': '5', Connection: 'close', 'transfer-encoding': 'chunked' } }),
    ).toEqual({
      status: 200,
      headers: json,
      body: '',
    })
  })
})

describe('what HTTP does not allow is malformed, and the reason says where', () => {
  test.each<[object, string]>([
    [{ statusCode: 99 }, 'statusCode is 99'],
    [{ statusCode: 101 }, 'statusCode is 101'],
    [{ statusCode: 'fine' }, 'statusCode is "fine"'],
    [{ statusCode: 200, headers: ['a'] }, 'headers is no object'],
    [{ statusCode: 200, headers: { 'set-cookie': ['a=1'] } }, 'header set-cookie is ["a=1"]'],
    [{ statusCode: 200, headers: { 'a b': 'c' } }, 'header a b'],
    [{ statusCode: 200, headers: { a: 'b\r\nc: d' } }, 'header a is'],
    [{ statusCode: 200, cookies: 'a=1' }, 'cookies is no list'],
    [{ statusCode: 200, cookies: ['a=1\nb'] }, 'header set-cookie'],
  ])('%j', (returned, reason) => {
    expect(sent(returned)).toContain(reason)
  })
})
