import { describe, expect, test } from '@jest/globals'
import { surroundings } from '../../lib/aws/environment.ts'
import type { Nodes, WebOptions } from '../../lib/cdk/index.ts'
import type { App } from '../../lib/index.ts'
import { lobby, named, ofType, oneFloor, plant } from './plant.ts'
import { here, type Resource, resourcesOf, topologyOf } from './template.ts'

const synthesized = (app: App = lobby(), nodes: Nodes = oneFloor()) => resourcesOf(topologyOf(app, nodes))
const resources = synthesized()
const site = (of: readonly Resource[]) => named(of, 'AWS::Lambda::Function', 'FunctionName', 'lobby-site')
const propertiesOf = (of: readonly Resource[], type: string) => ofType(of, type).map(({ Properties }) => Properties)
const url = (name: string, { region, account } = here) => `https://sqs.${region}.amazonaws.com/${account}/${name}`
const arn = `arn:aws:lambda:${here.region}:${here.account}:function:lobby-site`

describe('the function', () => {
  test('runs as those of processes do, with the memory, timeout and logs of its definition or of its node', () => {
    expect(site(resources)).toMatchObject({
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 256,
      Timeout: 30,
      Role: `arn:aws:iam::${here.account}:role/lobby-site-${here.region}`,
      Tags: [
        { Key: 'gavotte:app', Value: 'lobby' },
        { Key: 'gavotte:web', Value: 'site' },
      ],
    })
    const other = synthesized(lobby({ memoryMb: 512, logRetentionDays: 7 }), oneFloor({ timeoutSeconds: 5, logRetentionDays: 1 }))
    expect(site(other)).toMatchObject({ MemorySize: 512, Timeout: 5 })
    expect(named(other, 'AWS::Logs::LogGroup', 'LogGroupName', '/aws/lambda/lobby-site')).toMatchObject({ RetentionInDays: 1 })
  })

  test('has as many invocations as the account allows, or its reserved concurrency', () => {
    expect(site(resources)).not.toHaveProperty('ReservedConcurrentExecutions')
    expect(site(synthesized(lobby({ concurrency: 20 })))).toMatchObject({ ReservedConcurrentExecutions: 20 })
    expect(site(synthesized(lobby({ concurrency: 20 }), oneFloor({ concurrency: 1 })))).toMatchObject({
      ReservedConcurrentExecutions: 1,
    })
  })

  test('has no queue, no table and no event source', () => {
    for (const type of ['AWS::SQS::Queue', 'AWS::DynamoDB::Table', 'AWS::Lambda::EventSourceMapping'])
      expect(JSON.stringify(propertiesOf(resources, type))).not.toContain('lobby-site')
  })

  test('knows where the processes are that it uses, and nothing else, as its client reads it', () => {
    const { Variables } = site(resources).Environment as { readonly Variables: { readonly [name: string]: string } }
    expect(surroundings(undefined, Variables)).toEqual({
      app: 'lobby',
      routes: {
        gauge: { mailbox: url('lobby-gauge.fifo'), table: 'lobby-gauge' },
        boiler: { mailbox: url('lobby-boiler.fifo'), table: 'lobby-boiler' },
        archive: { mailbox: url('lobby-archive'), table: 'lobby-archive' },
      },
    })
  })
})

describe('the URL', () => {
  const authOf = (of: readonly Resource[]) => propertiesOf(of, 'AWS::Lambda::Url')
  const permissions = (of: readonly Resource[]) => propertiesOf(of, 'AWS::Lambda::Permission')

  test('lets in whom IAM lets in, unless it is public', () => {
    expect(authOf(resources)).toEqual([{ AuthType: 'AWS_IAM', TargetFunctionArn: arn }])
    expect(permissions(resources)).toEqual([])
  })

  // AWS Lambda Developer Guide, "Control access to Lambda function URLs": "Starting in October 2025, new function URLs will require both
  // lambda:InvokeFunctionUrl and lambda:InvokeFunction permissions."
  test.each<[string, App, WebOptions]>([
    ['its definition', lobby({ access: 'public' }), {}],
    ['its node', lobby(), { access: 'public' }],
  ])('is public where %s says so: for requests by the URL, and for nothing else', (_, app, options) => {
    const open = synthesized(app, oneFloor(options))
    expect(authOf(open)).toEqual([{ AuthType: 'NONE', TargetFunctionArn: arn }])
    expect(permissions(open)).toEqual([
      { Action: 'lambda:InvokeFunctionUrl', FunctionName: arn, FunctionUrlAuthType: 'NONE', Principal: '*' },
      { Action: 'lambda:InvokeFunction', FunctionName: arn, InvokedViaFunctionUrl: true, Principal: '*' },
    ])
  })

  test('is an output of its stack', () => {
    const topology = topologyOf(lobby(), oneFloor())
    const { output, url } = topology.web('site')
    expect([output.stack.stackName, output.value]).toEqual(['lobby-floor', url.url])
    expect(() => topology.web('window')).toThrow('web-unknown: web function window is on no node')
  })
})

describe('across accounts', () => {
  const east = { account: '444455556666', region: 'us-east-1' }
  const west = { account: '777788889999', region: 'us-east-1' }
  const apart = synthesized(lobby(), {
    hall: { env: east, processes: {}, web: { site: {} } },
    cellar: { env: west, processes: { gauge: {}, boiler: {}, archive: {}, siren: {} } },
  })

  test('mailboxes and tables let the web function in as they do a process', () => {
    const policies = JSON.stringify(propertiesOf(apart, 'AWS::SQS::QueuePolicy'))
    const invited = `"aws:PrincipalArn":["arn:aws:iam::${east.account}:role/lobby-site-us-east-1"]`
    expect(policies.split(invited)).toHaveLength(1 + 3)
    const tables = propertiesOf(apart, 'AWS::DynamoDB::Table').filter((one) => JSON.stringify(one).includes(invited))
    expect(tables.map(({ TableName }) => TableName)).toEqual(['lobby-gauge'])
  })

  test('it is told the URLs and ARNs of there', () => {
    const { Variables } = site(apart).Environment as { readonly Variables: { readonly [name: string]: string } }
    expect(surroundings('lobby', Variables).routes?.gauge).toEqual({
      mailbox: url('lobby-gauge.fifo', west),
      table: `arn:aws:dynamodb:us-east-1:${west.account}:table/lobby-gauge`,
    })
  })
})

describe('watching', () => {
  test('it has alarms for errors, answers of 500 and more, and throttles, which notify the topic of its node', () => {
    const topic = `arn:aws:sns:${here.region}:${here.account}:on-call`
    const noisy = synthesized(lobby(), oneFloor({}, { alarmTopic: topic }))
    const alarms = propertiesOf(noisy, 'AWS::CloudWatch::Alarm').filter(({ AlarmName }) =>
      String(AlarmName).startsWith('lobby-site-'),
    )
    const Dimensions = [{ Name: 'FunctionName', Value: 'lobby-site' }]
    expect(alarms).toMatchObject(
      [
        { AlarmName: 'lobby-site-errors', MetricName: 'Errors', EvaluationPeriods: 1 },
        { AlarmName: 'lobby-site-5xx', MetricName: 'Url5xxCount', EvaluationPeriods: 1 },
        { AlarmName: 'lobby-site-throttles', MetricName: 'Throttles', EvaluationPeriods: 3 },
      ].map((one) => ({
        ...one,
        Namespace: 'AWS/Lambda',
        Statistic: 'Sum',
        Period: 300,
        Threshold: 1,
        Dimensions,
        TreatMissingData: 'notBreaching',
        AlarmActions: [topic],
        OKActions: [topic],
      })),
    )
  })

  test('the dashboard of its node has a row for it, of others none', () => {
    const { DashboardBody } = named(resources, 'AWS::CloudWatch::Dashboard', 'DashboardName', `lobby-floor-${here.region}`)
    const { widgets } = JSON.parse(String(DashboardBody)) as { widgets: { properties: { title: string; metrics: unknown } }[] }
    const shown = widgets.slice(-3).map(({ properties: { title, metrics } }) => [title, JSON.stringify(metrics)] as const)
    expect(shown.map(([title]) => title)).toEqual(['Requests', 'Requests that failed', 'Time to answer'])
    for (const [n, metric] of ['UrlRequestCount', 'Url5xxCount', 'UrlRequestLatency'].entries())
      expect(shown[n]?.[1]).toContain(`"AWS/Lambda","${metric}","FunctionName","lobby-site"`)
  })
})

describe('what cannot be deployed is refused at synth', () => {
  const { floor } = oneFloor()
  const refusalOf =
    (nodes: Nodes, app: App = lobby()) =>
    () =>
      topologyOf(app, nodes)

  test('a web function on no node, on two, or unknown', () => {
    const { web: _, ...without } = floor as Nodes[string]
    expect(refusalOf({ floor: without })).toThrow(
      'web-nowhere: web function site is on no node: add it to `web` of one, or take it out of the app',
    )
    expect(refusalOf({ ...oneFloor(), roof: { processes: {}, web: { site: {} } } })).toThrow(
      'web-twice: site is on node floor and on node roof: take it off one of them',
    )
    expect(refusalOf({ ...oneFloor(), roof: { processes: {}, web: { sight: {} } } })).toThrow(
      'web-unknown: node roof lists the web function sight, which the app does not: name one of site',
    )
    expect(refusalOf({ all: { processes: { sensor: {}, gauge: {}, archive: {} }, web: { site: {} } } }, plant())).toThrow(
      'web-unknown: node all lists the web function site, which the app does not: the app has none',
    )
  })

  test('a web function that uses a process which is on no node', () => {
    expect(refusalOf({ floor: { processes: { gauge: {}, boiler: {}, siren: {} }, web: { site: {} } } })).toThrow(
      'process-nowhere: archive is on no node, and site may send to it: add it to one, or take it out of the app',
    )
  })

  test('settings of its node that AWS would refuse', () => {
    expect(refusalOf(oneFloor({ concurrency: 0 }))).toThrow('illegal-setting: site: concurrency must be 1 to 10000')
  })

  test('more queues than its environment has room for', () => {
    const processes = { gauge: { shards: 30 }, boiler: {}, archive: { shards: 30 }, siren: {} }
    expect(refusalOf({ floor: { processes, web: { site: {} } } })).toThrow(
      'routes-too-long: site reaches 61 queues of 3 processes',
    )
  })
})
