// What a web function is: a Lambda function behind a URL, without mailbox, table and instances, that talks to processes as a client does.
import type { Contract } from './contract.ts'

/** Who may ask: anybody, or whom IAM lets (requests signed by Signature Version 4). */
export type WebAccess = 'public' | 'iam'

/** How a web function is deployed; each setting has a default. */
export interface WebDeploy {
  /** Default `iam`: nothing is public that does not say so. */
  readonly access?: WebAccess
  /** Default 256. */
  readonly memoryMb?: number
  /** Longest run of one request. Default 30. */
  readonly timeoutSeconds?: number
  /**
   * Most requests at once, 1 to 10,000: reserved concurrency, so that the account keeps as much for it and it takes no more; what is over is
   * refused with 429. Default: as many as the account allows.
   */
  readonly concurrency?: number
  /** How long CloudWatch keeps the function's logs; one of the periods that it knows. Default 30. */
  readonly logRetentionDays?: number
}
/** All settings; without `concurrency` there is no bound. */
export type WebDeployment = Required<Omit<WebDeploy, 'concurrency'>> & Pick<WebDeploy, 'concurrency'>

/** @see defineWeb */
export interface Web<U extends readonly Contract[] = readonly Contract[]> {
  readonly name: string
  readonly uses: U
  readonly deploy: WebDeployment
}

/** What a web function is, as data. */
export interface WebSetup<U extends readonly Contract[]> {
  /** The processes that it may send to, call and read; its permissions follow from it. */
  readonly uses: U
  readonly deploy?: WebDeploy
}

const deployDefaults: WebDeployment = { access: 'iam', memoryMb: 256, timeoutSeconds: 30, logRetentionDays: 30 }

/**
 * Defines a web function. `<folder of app>/<name>/handler.ts` exports its `handler`, which takes requests of Lambda function URLs (payload
 * format 2.0), as `handle(app)` of `hono/aws-lambda` does; `connect(web)` there is its client.
 * @param name as a process's: lower-case letters, digits and dashes, at most 31; `defineApp` checks it and the settings
 */
export const defineWeb = <const U extends readonly Contract[]>(name: string, { uses, deploy }: WebSetup<U>): Web<U> => ({
  name,
  uses,
  deploy: { ...deployDefaults, ...deploy },
})
