// What CloudFormation gets of a topology, with its functions and references put in, so that tests compare plain text.
import { readFileSync } from 'node:fs'
import { Template } from 'aws-cdk-lib/assertions'
import { App as CdkApp, Token } from 'aws-cdk-lib/core'
import { type Node, type Nodes, Topology } from '../../lib/cdk/index.ts'
import type { App } from '../../lib/index.ts'

interface Properties {
  readonly [name: string]: unknown
}
export interface Resource {
  /** Name of the node. */
  readonly node: string
  readonly id: string
  readonly Type: string
  readonly Properties: Properties
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
}

/** The account and region of whoever deploys, where the node names none. */
export const here = { account: '111122223333', region: 'eu-west-1' }

const { context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: object }
/** With the flags of cdk.json, as the CDK's command passes them, and without bundling. */
export const cdkContext = { ...context, 'aws:cdk:bundling-stacks': [] }

export const topologyOf = (app: App, nodes: Nodes): Topology => new Topology(new CdkApp({ context: cdkContext }), { app, nodes })

export const resourcesOf = (topology: Topology): readonly Resource[] =>
  [...topology.nodes].flatMap(([name, node]) => resourcesOfNode(name, node))

type Raw = { readonly [id: string]: Omit<Resource, 'node' | 'id'> }

const resourcesOfNode = (name: string, node: Node): readonly Resource[] => {
  const raw = (Template.fromStack(node).toJSON() as { Resources: Raw }).Resources
  const resolve = resolver(node, raw)
  return Object.entries(raw).map(([id, one]) => ({ ...one, node: name, id, Properties: resolve(one.Properties) as Properties }))
}

const resolver = (node: Node, raw: Raw): ((value: unknown) => unknown) => {
  const account = Token.isUnresolved(node.account) ? here.account : node.account
  const region = Token.isUnresolved(node.region) ? here.region : node.region
  const pseudo: { readonly [name: string]: string } = {
    'AWS::Partition': 'aws',
    'AWS::Region': region,
    'AWS::AccountId': account,
    'AWS::URLSuffix': 'amazonaws.com',
  }
  const text = (id: string, property: string): string => String(raw[id]?.Properties[property])
  const ref = (id: string): string => {
    switch (raw[id]?.Type) {
      case 'AWS::SQS::Queue':
        return `https://sqs.${region}.amazonaws.com/${account}/${text(id, 'QueueName')}`
      case 'AWS::DynamoDB::Table':
        return text(id, 'TableName')
      case 'AWS::Lambda::Function':
        return text(id, 'FunctionName')
      case 'AWS::Logs::LogGroup':
        return text(id, 'LogGroupName')
      default:
        throw new Error(`a Ref to ${id}: say in resolver what it gives`)
    }
  }
  const arn = (id: string): string => {
    switch (raw[id]?.Type) {
      case 'AWS::SQS::Queue':
        return `arn:aws:sqs:${region}:${account}:${text(id, 'QueueName')}`
      case 'AWS::DynamoDB::Table':
        return `arn:aws:dynamodb:${region}:${account}:table/${text(id, 'TableName')}`
      case 'AWS::Lambda::Function':
        return `arn:aws:lambda:${region}:${account}:function:${text(id, 'FunctionName')}`
      case 'AWS::Logs::LogGroup':
        return `arn:aws:logs:${region}:${account}:log-group:${text(id, 'LogGroupName')}:*`
      case 'AWS::IAM::Role':
        return `arn:aws:iam::${account}:role/${String(resolve(raw[id]?.Properties.RoleName))}`
      default:
        throw new Error(`the ARN of ${id}: say in resolver what it is`)
    }
  }
  const resolve = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(resolve)
    if ('Ref' in value) return pseudo[String(value.Ref)] ?? ref(String(value.Ref))
    if ('Fn::GetAtt' in value) {
      const [id = '', attribute = ''] = value['Fn::GetAtt'] as string[]
      return attribute === 'Arn' ? arn(id) : text(id, attribute)
    }
    if ('Fn::Join' in value) {
      const [separator, parts] = value['Fn::Join'] as [string, unknown[]]
      return parts.map(resolve).join(separator)
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]))
  }
  return resolve
}
