// The whole matrix: each process and web function against everything that each of them owns, action by action.
import { describe, expect, test } from '@jest/globals'
import { app } from '../../functions/app.ts'
import { nodes } from '../../infra/nodes.ts'
import type { Nodes } from '../../lib/cdk/index.ts'
import type { App, Web } from '../../lib/index.ts'
import { isAllowed, type Statement } from '../cdk/iam.ts'
import { control, controlRoom, lobby, named, ofType, oneFloor } from '../cdk/plant.ts'
import { here, type Resource, resourcesOf, topologyOf } from '../cdk/template.ts'

const shop = { account: '111111111111', region: 'eu-west-1' }
const stock = { account: '222222222222', region: 'us-east-1' }

const layouts: readonly (readonly [title: string, app: App, nodes: Nodes])[] = [
  ['the reference app on the nodes as they are', app, nodes],
  ['the reference app on nodes of two accounts and regions', app, apart()],
  ['processes that have timers and answer calls', control(), controlRoom()],
  [
    'processes that have timers and answer calls, on nodes of two accounts and regions',
    control(),
    { room: { env: shop, processes: { panel: { shards: 2 }, siren: {} } }, cellar: { env: stock, processes: { boiler: {} } } },
  ],
  ['a public web function', lobby({ access: 'public' }), oneFloor()],
  ['a web function that IAM guards', lobby(), oneFloor()],
  [
    'a web function whose processes are in another account and region, but for one',
    lobby({ access: 'public' }),
    {
      floor: { env: shop, processes: { boiler: {} }, web: { site: {} } },
      cellar: { env: stock, processes: { gauge: { shards: 2 }, archive: {}, siren: {} } },
    },
  ],
  [
    'a web function whose process that answers is elsewhere',
    lobby(),
    {
      floor: { env: shop, processes: { gauge: {}, archive: {}, siren: {} }, web: { site: {} } },
      cellar: { env: stock, processes: { boiler: {} } },
    },
  ],
]

function apart(): Nodes {
  const [one, other, ...more] = Object.keys(nodes)
  if (one === undefined || other === undefined || more.length > 0) throw new Error('the reference app has two nodes')
  return {
    [one]: { ...nodes[one], env: shop, processes: { ...nodes[one]?.processes, order: { shards: 2 } } },
    [other]: { ...nodes[other], env: stock, processes: { ...nodes[other]?.processes } },
  }
}

interface PolicyDocument {
  readonly PolicyDocument: { readonly Statement: readonly Statement[] }
}
interface Asked {
  readonly action: string
  readonly context?: { readonly [key: string]: string | readonly string[] }
}

const whole = { 'dynamodb:Attributes': ['pk', 'sk'], 'dynamodb:Select': 'ALL_ATTRIBUTES' }
const projection = (...attributes: readonly string[]) => ({
  'dynamodb:Attributes': ['pk', 'sk', ...attributes],
  'dynamodb:Select': 'SPECIFIC_ATTRIBUTES',
})
const ofTables: { readonly [name: string]: Asked } = {
  read: { action: 'dynamodb:GetItem', context: whole },
  'read the view': { action: 'dynamodb:GetItem', context: projection('view') },
  'read the state': { action: 'dynamodb:GetItem', context: projection('state') },
  query: { action: 'dynamodb:Query', context: whole },
  'query the view': { action: 'dynamodb:Query', context: projection('view') },
  write: { action: 'dynamodb:PutItem' },
  remove: { action: 'dynamodb:DeleteItem' },
  'read many': { action: 'dynamodb:BatchGetItem', context: whole },
  ...unused('dynamodb', 'Scan', 'UpdateItem', 'BatchWriteItem', 'DescribeTable', 'DeleteTable', 'PartiQLSelect'),
}
const ofQueues: { readonly [name: string]: Asked } = {
  send: { action: 'sqs:SendMessage' },
  receive: { action: 'sqs:ReceiveMessage' },
  delete: { action: 'sqs:DeleteMessage' },
  hide: { action: 'sqs:ChangeMessageVisibility' },
  measure: { action: 'sqs:GetQueueAttributes' },
  ...unused('sqs', 'PurgeQueue', 'DeleteQueue', 'SetQueueAttributes', 'AddPermission', 'StartMessageMoveTask'),
}
const ofLogs: { readonly [name: string]: Asked } = {
  open: { action: 'logs:CreateLogStream' },
  append: { action: 'logs:PutLogEvents' },
  ...unused('logs', 'CreateLogGroup', 'DeleteLogGroup', 'GetLogEvents'),
}
const byUrl = (authType: string) => ({ 'lambda:FunctionUrlAuthType': authType, 'lambda:InvokedViaFunctionUrl': 'true' })
const ofFunctions: { readonly [name: string]: Asked } = {
  invoke: { action: 'lambda:InvokeFunction' },
  'ask by a public URL': { action: 'lambda:InvokeFunctionUrl', context: byUrl('NONE') },
  'run by a public URL': { action: 'lambda:InvokeFunction', context: byUrl('NONE') },
  'ask by a signed URL': { action: 'lambda:InvokeFunctionUrl', context: byUrl('AWS_IAM') },
  ...unused('lambda', 'UpdateFunctionCode', 'UpdateFunctionUrlConfig', 'AddPermission'),
}
const passing = (service: string): Asked => ({ action: 'iam:PassRole', context: { 'iam:PassedToService': service } })
const ofRoles: { readonly [name: string]: Asked } = {
  'pass to the scheduler': passing('scheduler.amazonaws.com'),
  'pass to a function': passing('lambda.amazonaws.com'),
  ...unused('sts', 'AssumeRole'),
}
const ofSchedules: { readonly [name: string]: Asked } = {
  make: { action: 'scheduler:CreateSchedule' },
  ...unused('scheduler', 'GetSchedule', 'UpdateSchedule', 'DeleteSchedule', 'ListSchedules', 'DeleteScheduleGroup'),
}

function unused(service: string, ...actions: readonly string[]): { readonly [name: string]: Asked } {
  return Object.fromEntries(actions.map((action) => [action, { action: `${service}:${action}` }]))
}

interface Pair {
  readonly app: App
  readonly subject: string
  readonly owner: string
  /** Whether both are in one account and region. */
  readonly near: boolean
}

/** What of an AWS resource may be done, as the design has it. */
const expected = (pair: Pair, kind: string): readonly string[] => {
  const { app, subject, owner, near } = pair
  const [asking, asked] = [subject, owner].map((name) => app.web.find((one) => one.name === name))
  // What is public is so by the URL alone. A role of another account would need a permission of its own; who asks has no role.
  if (asked !== undefined && kind === 'function')
    return asked.deploy.access === 'public' && near ? ['ask by a public URL', 'run by a public URL'] : []
  if (subject === owner) return [...(ofItsOwn[kind] ?? []), ...(kind === 'table' && hasRows(app, owner) ? ['read many'] : [])]
  return asking === undefined ? expectedOfProcess(pair, kind) : expectedOfWeb(asking, pair, kind)
}

const inQueues = ['send', 'receive', 'delete', 'hide', 'measure']
const ofItsOwn: { readonly [kind: string]: readonly string[] } = {
  table: ['read', 'read the view', 'read the state', 'query', 'query the view', 'write', 'remove'],
  mailbox: inQueues,
  timer: inQueues,
  schedulerRole: ['pass to the scheduler'],
  schedules: ['make'],
  deadLetter: ['send'],
  logs: ['open', 'append'],
}

const processOf = (app: App, name: string) => app.processes.find(({ contract }) => contract.name === name)
const hasRows = (app: App, process: string): boolean => processOf(app, process)?.rows !== undefined

const expectedOfProcess = ({ app, subject, owner }: Pair, kind: string): readonly string[] => {
  const [used, by] = [processOf(app, owner), processOf(app, subject)]
  const [uses, isUsed] = [by?.uses.some(({ name }) => name === owner), used?.uses.some(({ name }) => name === subject)]
  const replies = isUsed === true && Object.keys(by?.contract.calls ?? {}).length > 0
  if (kind === 'mailbox' && (uses === true || replies)) return ['send']
  // Two processes of a node share its group of schedules; neither can send to the other's timer queue.
  return uses === true && kind === 'table' && used?.contract.view !== undefined ? ['read the view'] : []
}

const expectedOfWeb = ({ uses }: Web, { app, owner, near }: Pair, kind: string): readonly string[] => {
  const used = processOf(app, owner)
  if (used === undefined || !uses.some(({ name }) => name === owner)) return []
  switch (kind) {
    case 'mailbox':
      return ['send']
    case 'table':
      return used.contract.view === undefined ? [] : ['read the view']
    case 'function':
      return near && Object.keys(used.contract.calls).length > 0 ? ['invoke', 'run by a public URL'] : []
    default:
      return []
  }
}

describe.each(layouts)('%s', (_, app, layout) => {
  const names = [...app.processes.map(({ contract }) => contract.name), ...app.web.map(({ name }) => name)]
  const isWeb = (name: string): boolean => app.web.some((one) => one.name === name)
  const resources = resourcesOf(topologyOf(app, layout))
  const tagged = ({ Properties }: Resource): string | undefined =>
    (Properties.Tags as { Key: string; Value: string }[] | undefined)?.find(({ Key }) => /^gavotte:(process|web)$/.test(Key))
      ?.Value
  const ownedBy = (type: string, process: string) => ofType(resources, type).filter((one) => tagged(one) === process)
  const envOf = ({ node }: Resource) => ({ ...here, ...layout[node]?.env })
  const arnOf = (one: Resource, service: string, rest: string): string =>
    `arn:aws:${service}:${envOf(one).region}:${envOf(one).account}:${rest}`

  const roleOf = (process: string): { arn: string; statements: readonly Statement[] } => {
    const role = ownedBy('AWS::IAM::Role', process).find((one) => !isOfSchedules(one))
    if (role === undefined) throw new Error(`${process} has no role`)
    return { arn: roleArn(role), statements: statementsOf(role) }
  }
  const isOfSchedules = ({ Properties }: Resource): boolean => /-timer-[a-z]+-[a-z]+-\d$/.test(String(Properties.RoleName))
  const roleArn = (role: Resource): string => `arn:aws:iam::${envOf(role).account}:role/${String(role.Properties.RoleName)}`
  const statementsOf = ({ Properties }: Resource): readonly Statement[] =>
    (Properties.Policies as readonly PolicyDocument[]).flatMap(({ PolicyDocument }) => PolicyDocument.Statement)

  // Lambda's guide: AddPermission makes of these a statement of the function's policy.
  const permissionsOf = (arn: string): readonly Statement[] =>
    ofType(resources, 'AWS::Lambda::Permission')
      .filter(({ Properties }) => Properties.FunctionName === arn)
      .map(({ Properties }) => ({
        Effect: 'Allow',
        Action: String(Properties.Action),
        Resource: arn,
        Principal: { AWS: String(Properties.Principal) },
        Condition: {
          ...('FunctionUrlAuthType' in Properties && {
            StringEquals: { 'lambda:FunctionUrlAuthType': JSON.stringify(Properties.FunctionUrlAuthType).replaceAll('"', '') },
          }),
          ...('InvokedViaFunctionUrl' in Properties && {
            Bool: { 'lambda:InvokedViaFunctionUrl': JSON.stringify(Properties.InvokedViaFunctionUrl) },
          }),
        },
      }))

  interface Owned {
    readonly kind: string
    readonly arn: string
    readonly policy: readonly Statement[]
    readonly may: { readonly [name: string]: Asked }
  }
  const owned = (process: string): readonly Owned[] => [
    ...ownedBy('AWS::SQS::Queue', process).map((queue) => {
      const name = String(queue.Properties.QueueName)
      const arn = arnOf(queue, 'sqs', name)
      const url = `https://sqs.${envOf(queue).region}.amazonaws.com/${envOf(queue).account}/${name}`
      const policy = ofType(resources, 'AWS::SQS::QueuePolicy')
        .map(({ Properties }) => Properties as unknown as PolicyDocument & { Queues: readonly string[] })
        .filter(({ Queues }) => Queues.includes(url))
        .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      const kind = name.endsWith('-timer') ? 'timer' : name.endsWith('-timer-dlq') ? 'timerDeadLetter' : 'mailbox'
      return { kind: /-dlq(\.fifo)?$/.test(name) && kind === 'mailbox' ? 'deadLetter' : kind, arn, policy, may: ofQueues }
    }),
    ...ownedBy('AWS::DynamoDB::Table', process).map((table) => ({
      kind: 'table',
      arn: arnOf(table, 'dynamodb', `table/${String(table.Properties.TableName)}`),
      policy: (table.Properties.ResourcePolicy as PolicyDocument | undefined)?.PolicyDocument.Statement ?? [],
      may: ofTables,
    })),
    ...ownedBy('AWS::Logs::LogGroup', process).map((group) => ({
      kind: 'logs',
      arn: arnOf(group, 'logs', `log-group:${String(group.Properties.LogGroupName)}:log-stream:2026/10/01`),
      policy: [],
      may: ofLogs,
    })),
    ...ownedBy('AWS::Lambda::Function', process).map((one) => ({
      kind: 'function',
      arn: arnOf(one, 'lambda', `function:${String(one.Properties.FunctionName)}`),
      policy: permissionsOf(arnOf(one, 'lambda', `function:${String(one.Properties.FunctionName)}`)),
      may: ofFunctions,
    })),
    { kind: 'role', arn: roleOf(process).arn, policy: [], may: ofRoles },
    ...ownedBy('AWS::IAM::Role', process)
      .filter(isOfSchedules)
      .flatMap((role) => [
        { kind: 'schedulerRole', arn: roleArn(role), policy: [], may: ofRoles },
        {
          kind: 'schedules',
          arn: arnOf(role, 'scheduler', `schedule/${app.name}-${role.node}/${'0f'.repeat(32)}`),
          policy: [],
          may: ofSchedules,
        },
      ]),
  ]

  const nodeOf = (process: string) => ownedBy('AWS::Lambda::Function', process)[0]?.node
  const placeOf = (name: string) => JSON.stringify(ownedBy('AWS::Lambda::Function', name).map(envOf))

  const allowed = (subject: string, { arn: resource, policy, may }: Owned): readonly string[] => {
    const { arn: role, statements } = roleOf(subject)
    return Object.entries(may)
      .filter(([, asked]) => isAllowed({ ...asked, role, resource }, statements, policy))
      .map(([name]) => name)
  }

  test.each(names.flatMap((subject) => names.map((owner) => [subject, owner] as const)))(
    '%s may do with what %s owns what the design says, and nothing else',
    (subject, owner) => {
      const things = owned(owner)
      expect(things.map(({ kind }) => kind)).toEqual(
        expect.arrayContaining([...(isWeb(owner) ? [] : ['table', 'mailbox', 'deadLetter']), 'logs', 'function', 'role']),
      )
      const near = placeOf(subject) === placeOf(owner)
      const found = things.map((thing) => ({ arn: thing.arn, may: allowed(subject, thing) }))
      const shares = (kind: string): boolean =>
        kind === 'schedules' && nodeOf(subject) === nodeOf(owner) && ownedBy('AWS::IAM::Role', subject).some(isOfSchedules)
      expect(found).toEqual(
        things.map(({ arn, kind }) => ({ arn, may: shares(kind) ? ['make'] : expected({ app, subject, owner, near }, kind) })),
      )
    },
  )

  test('no statement has a wildcard in its actions, nor in its resources but for streams of a log group and schedules of a group', () => {
    for (const { Action, Resource } of names.flatMap((name) => roleOf(name).statements)) {
      expect([Action].flat().join()).not.toMatch(/[*?]/)
      const resources = [Resource]
        .flat()
        .map((one) => one.replace(/^(arn:aws:logs:.+:log-group:[^*?]+):\*$/, '$1'))
        .map((one) => one.replace(/^(arn:aws:scheduler:.+:schedule\/[^*?]+)\/\*$/, '$1'))
      expect(resources.join()).not.toMatch(/[*?]/)
    }
  })

  test('a role has no permission besides its own policy, and only Lambda takes it, or the scheduler where it is of schedules', () => {
    const roles = ofType(resources, 'AWS::IAM::Role')
    expect(roles.filter((one) => !isOfSchedules(one))).toHaveLength(names.length)
    for (const role of roles) {
      const Service = isOfSchedules(role) ? 'scheduler.amazonaws.com' : 'lambda.amazonaws.com'
      expect(role.Properties).not.toHaveProperty('ManagedPolicyArns')
      expect(role.Properties.AssumeRolePolicyDocument).toMatchObject({
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service } }],
      })
    }
    expect(ofType(resources, 'AWS::IAM::Policy')).toEqual([])
    const open = app.web.filter(({ deploy }) => deploy.access === 'public').length
    expect(ofType(resources, 'AWS::Lambda::Permission')).toHaveLength(2 * open)
  })
})

test('a stranger of an invited account is refused, and so is a guest who asks for the state', () => {
  const resources = resourcesOf(topologyOf(app, apart()))
  const { ResourcePolicy } = named(resources, 'AWS::DynamoDB::Table', 'TableName', 'gavotte-order')
  const policy = (ResourcePolicy as PolicyDocument).PolicyDocument.Statement
  const resource = `arn:aws:dynamodb:${shop.region}:${shop.account}:table/gavotte-order`
  const everything: Statement = { Effect: 'Allow', Action: '*', Resource: '*' }
  const asks = (name: string, context: Asked['context']) =>
    isAllowed(
      { role: `arn:aws:iam::${stock.account}:role/${name}`, action: 'dynamodb:GetItem', resource, ...(context && { context }) },
      [everything],
      policy,
    )
  expect(asks(`gavotte-payment-${stock.region}`, projection('view'))).toBe(true)
  expect(asks(`gavotte-payment-${stock.region}`, projection('state'))).toBe(false)
  expect(asks(`gavotte-payment-${stock.region}`, whole)).toBe(false)
  expect(asks('somebody', projection('view'))).toBe(false)
})
