// Requests of function URLs, pinned to "Invoking Lambda function URLs" of the AWS Lambda Developer Guide (request payload format).
import { describe, expect, test } from '@jest/globals'
import { type UrlRequest, urlEvent } from '../../lib/local/web-event.ts'

const requestId = 'e1506fd5-9e7b-434f-bd42-4f8fa224b599'
const eventOf = (request: Partial<UrlRequest> = {}) =>
  urlEvent(
    {
      method: 'GET',
      target: '/',
      rawHeaders: [],
      httpVersion: '1.1',
      sourceIp: '127.0.0.1',
      port: 4580,
      body: Buffer.alloc(0),
      ...request,
    },
    requestId,
    Date.UTC(2020, 2, 12, 19, 3, 58, 390),
  )
const withBody = (type: string | undefined, body: string | Buffer) => {
  const { body: text, isBase64Encoded } = eventOf({
    method: 'POST',
    rawHeaders: type === undefined ? [] : ['Content-Type', type],
    body: Buffer.from(body),
  })
  return { text, isBase64Encoded }
}

test('the event has the fields of payload format 2.0, and those of API Gateway alone are placeholders', () => {
  const event = eventOf({
    method: 'POST',
    target: '/my/path?parameter1=value1&parameter1=value2&parameter2=value',
    rawHeaders: ['Host', 'localhost:4580', 'header1', 'value1', 'Header2', 'value1', 'header2', 'value2', 'User-Agent', 'agent'],
    body: Buffer.from('Hello from client!'),
  })
  expect(event).toEqual({
    version: '2.0',
    routeKey: '$default',
    rawPath: '/my/path',
    rawQueryString: 'parameter1=value1&parameter1=value2&parameter2=value',
    headers: {
      host: 'localhost:4580',
      header1: 'value1',
      header2: 'value1,value2',
      'user-agent': 'agent',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': '4580',
      'x-amzn-trace-id': 'Root=1-5e6a879e-e1506fd59e7b434fbd424f8f',
    },
    queryStringParameters: { parameter1: 'value1,value2', parameter2: 'value' },
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      authentication: null,
      authorizer: null,
      domainName: 'localhost:4580',
      domainPrefix: 'local',
      http: { method: 'POST', path: '/my/path', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'agent' },
      requestId,
      routeKey: '$default',
      stage: '$default',
      time: '12/Mar/2020:19:03:58 +0000',
      timeEpoch: 1_584_039_838_390,
    },
    body: Buffer.from('Hello from client!').toString('base64'),
    isBase64Encoded: true,
  })
})

test('what a request does not have is not in the event', () => {
  const event = eventOf()
  for (const absent of ['cookies', 'queryStringParameters', 'body']) expect(event).not.toHaveProperty(absent)
  expect(event).toMatchObject({ rawPath: '/', rawQueryString: '', isBase64Encoded: false })
})

test('the path and the raw query stay as they were asked for, the parameters are decoded', () => {
  expect(eventOf({ target: '/a%20b/%2F?q=%C3%A4+%26&empty=&flag' })).toMatchObject({
    rawPath: '/a%20b/%2F',
    rawQueryString: 'q=%C3%A4+%26&empty=&flag',
    queryStringParameters: { q: 'ä &', empty: '', flag: '' },
    requestContext: { http: { path: '/a%20b/%2F' } },
  })
})

test('parameters and headers that are named like what every object has are taken like any others', () => {
  const { queryStringParameters, headers } = eventOf({
    target: '/?constructor=1&constructor=2',
    rawHeaders: ['constructor', 'x'],
  })
  expect(queryStringParameters).toEqual({ constructor: '1,2' })
  expect(headers).toMatchObject({ constructor: 'x' })
})

test('cookies are a list of their own, from however many headers, and not among the headers', () => {
  const event = eventOf({ rawHeaders: ['Cookie', 'Cookie_1=Value_1; Cookie_2=a,b', 'cookie', 'Cookie_3=Value_3'] })
  expect(event.cookies).toEqual(['Cookie_1=Value_1', 'Cookie_2=a,b', 'Cookie_3=Value_3'])
  expect(event.headers).not.toHaveProperty('cookie')
})

test('who asks is the immediate connection, behind those whom the request names', () => {
  const event = eventOf({ sourceIp: '127.0.0.2', rawHeaders: ['X-Forwarded-For', '203.0.113.7'] })
  expect(event.headers['x-forwarded-for']).toBe('203.0.113.7,127.0.0.2')
  expect(event.requestContext.http.sourceIp).toBe('127.0.0.2')
})

describe('the body', () => {
  test.each(['application/json', 'text/plain; charset=utf-8', 'application/xml', 'application/vnd.api+json', 'text/javascript'])(
    'of %s is text',
    (type) => {
      expect(withBody(type, '{"é":1}')).toEqual({ text: '{"é":1}', isBase64Encoded: false })
    },
  )

  test.each([
    undefined,
    'application/octet-stream',
    'image/png',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ])('of %s is base64', (type) => {
    expect(withBody(type, 'a=1')).toEqual({ text: 'YT0x', isBase64Encoded: true })
  })

  test('that says it is text and is not comes as the bytes that it is', () => {
    const bytes = Buffer.from([0xff, 0xfe, 0])
    expect(withBody('text/plain', bytes)).toEqual({ text: bytes.toString('base64'), isBase64Encoded: true })
  })
})
