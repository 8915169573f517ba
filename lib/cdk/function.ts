// A Lambda function with its log, as every process and every web function has one.
import { fileURLToPath } from 'node:url'
import type { Role } from 'aws-cdk-lib/aws-iam'
import { Architecture, type FunctionOptions, Runtime } from 'aws-cdk-lib/aws-lambda'
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Duration, RemovalPolicy } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'

export const addLogs = (scope: Construct, functionName: string, retentionDays: number): LogGroup =>
  new LogGroup(scope, 'Logs', {
    logGroupName: `/aws/lambda/${functionName}`,
    // The definition has checked that it is one of them.
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment
    retention: retentionDays as RetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  })

export interface FunctionSettings extends Pick<FunctionOptions, 'recursiveLoop' | 'reservedConcurrentExecutions'> {
  readonly functionName: string
  /** The module that exports its `handler`. */
  readonly entry: URL
  readonly role: Role
  readonly logGroup: LogGroup
  readonly deploy: { readonly memoryMb: number; readonly timeoutSeconds: number }
  readonly environment: { readonly [name: string]: string }
  /** Names that are defined where it is bundled, with their values as code. */
  readonly define?: { readonly [name: string]: string }
}

export const addFunction = (scope: Construct, { entry, deploy, define = {}, ...settings }: FunctionSettings): NodejsFunction =>
  new NodejsFunction(scope, 'Function', {
    ...settings,
    entry: fileURLToPath(entry),
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: deploy.memoryMb,
    timeout: Duration.seconds(deploy.timeoutSeconds),
    bundling: { ...bundling, define },
  })

const bundling = {
  format: OutputFormat.ESM,
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  sourceMap: true,
  sourcesContent: false,
  // The SDK that was tested is the one that runs.
  bundleAwsSDK: true,
  logLevel: LogLevel.WARNING,
}
