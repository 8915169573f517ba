// What a Lambda function URL and its function say to each other: payload format 2.0.
// Source: AWS Lambda Developer Guide, "Invoking Lambda function URLs", request and response payloads.
import type { InvocationContext } from './lambda.ts'

/** A request as the function gets it. */
export interface UrlEvent {
  readonly version: '2.0'
  readonly routeKey: '$default'
  /** As it was asked for, percent signs included. */
  readonly rawPath: string
  /** Without the question mark; empty if there is none. */
  readonly rawQueryString: string
  /** `name=value` each; absent if there is none. Not among the headers. */
  readonly cookies?: readonly string[]
  /** By lower-case names; several values of one name are joined by a comma. */
  readonly headers: { readonly [name: string]: string }
  /** Decoded; several values of one name are joined by a comma. Absent if there is none. */
  readonly queryStringParameters?: { readonly [name: string]: string }
  readonly requestContext: {
    readonly accountId: string
    readonly apiId: string
    readonly authentication: null
    /** Who asks, where access is by IAM. */
    readonly authorizer: { readonly iam: { readonly [name: string]: string | null } } | null
    readonly domainName: string
    readonly domainPrefix: string
    readonly http: {
      readonly method: string
      readonly path: string
      readonly protocol: string
      /** Of the immediate connection. */
      readonly sourceIp: string
      readonly userAgent: string
    }
    readonly requestId: string
    readonly routeKey: '$default'
    readonly stage: '$default'
    /** `12/Mar/2020:19:03:58 +0000`. */
    readonly time: string
    /** ms since 1970. */
    readonly timeEpoch: number
  }
  /** Absent if there is none. */
  readonly body?: string
  /** Whether the body is binary, and so base64. */
  readonly isBase64Encoded: boolean
}

/** A response as the function gives it. Anything without `statusCode` is sent as JSON, with status 200. */
export interface UrlResponse {
  readonly statusCode: number
  readonly headers?: { readonly [name: string]: string | number | boolean }
  /** `set-cookie` headers, one each. */
  readonly cookies?: readonly string[]
  readonly body?: string
  readonly isBase64Encoded?: boolean
}

/** The `handler` of a web function; what `handle(app)` of `hono/aws-lambda` returns is one. */
export type UrlHandler = (event: UrlEvent, context: InvocationContext) => Promise<UrlResponse>
