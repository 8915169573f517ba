// The REST-JSON protocol of EventBridge Scheduler, as much of it as one-time schedules on queues need. Signatures are not checked.
import type { RequestListener } from 'node:http'
import { RestFault, type RestRequest, restHandler } from './rest.ts'
import type { LocalSchedule, SchedulerService } from './scheduler-service.ts'

/** A target's input of 256 KB, each byte of it escaped in JSON, and room for the rest. */
const requestBytesMax = 2 * 1024 * 1024
/** Target: "The maximum size of the Input field is 256 KB." */
const inputBytesMax = 256 * 1024
const region = 'us-east-1'

export const isSchedulerPath = (path: string): boolean => /^\/schedule(s|-groups)\b/.test(path)

/** @param count is told each action */
export const schedulerHandler = (service: SchedulerService, count: (action: string) => void): RequestListener =>
  restHandler(requestBytesMax, async (request) => {
    const { 1: kind = '', 2: name } = /^\/(schedules|schedule-groups)(?:\/([^/]+))?$/.exec(request.url.pathname) ?? []
    const action = actions[`${request.method} /${kind}${name === undefined ? '' : '/name'}`]
    if (action === undefined) throw new RestFault('UnknownOperationException', `${request.method} ${request.url.pathname}`, 404)
    count(action.name)
    const reply = action.act(service, name === undefined ? '' : checkedName(decodeURIComponent(name)), request)
    await service.settled()
    return { body: JSON.stringify(reply) }
  })

interface Action {
  readonly name: string
  readonly act: (service: SchedulerService, name: string, request: RestRequest) => object
}

const groupOf = ({ url }: RestRequest): string => url.searchParams.get('groupName') ?? 'default'

const actions: { readonly [route: string]: Action } = {
  'POST /schedule-groups/name': {
    name: 'CreateScheduleGroup',
    act: (service, name) => {
      service.createGroup(name)
      return { ScheduleGroupArn: `arn:aws:scheduler:${region}:000000000000:schedule-group/${name}` }
    },
  },
  'POST /schedules/name': {
    name: 'CreateSchedule',
    act: (service, name, { body }) => {
      const schedule = scheduleOf(name, inputOf(body))
      service.create(schedule)
      return { ScheduleArn: arnOf(schedule) }
    },
  },
  'GET /schedules/name': {
    name: 'GetSchedule',
    act: (service, name, request) => {
      const schedule = service.get(groupOf(request), name)
      const { input, group, createdAt } = schedule
      const { ClientToken: _, ...shown } = input
      const dates = { CreationDate: createdAt / 1000, LastModificationDate: createdAt / 1000 }
      return { State: 'ENABLED', ...shown, Name: name, GroupName: group, Arn: arnOf(schedule), ...dates }
    },
  },
  'GET /schedules': {
    name: 'ListSchedules',
    // All at once: a page of a machine's own schedules is as long as they are.
    act: (service, _, { url }) => {
      const [group, prefix] = [url.searchParams.get('ScheduleGroup'), url.searchParams.get('NamePrefix') ?? '']
      const listed = service.all().filter((one) => (group ?? one.group) === one.group && one.name.startsWith(prefix))
      return { Schedules: listed.map(summaryOf) }
    },
  },
  'DELETE /schedules/name': {
    name: 'DeleteSchedule',
    act: (service, name, request) => {
      service.delete(groupOf(request), name)
      return {}
    },
  },
}

const summaryOf = (schedule: LocalSchedule): object => {
  const { name, group, input, createdAt } = schedule
  const { Target } = input as { readonly Target: { readonly Arn: string } }
  const dates = { CreationDate: createdAt / 1000, LastModificationDate: createdAt / 1000 }
  return { Arn: arnOf(schedule), Name: name, GroupName: group, State: 'ENABLED', ...dates, Target: { Arn: Target.Arn } }
}

const arnOf = ({ group, name }: LocalSchedule): string => `arn:aws:scheduler:${region}:000000000000:schedule/${group}/${name}`

const invalid = (message: string): RestFault => new RestFault('ValidationException', message)

// CreateSchedule, Name: "Pattern: ^[0-9a-zA-Z-_.]+$", "Maximum length of 64".
const checkedName = (name: string): string => {
  if (/^[0-9a-zA-Z-_.]{1,64}$/.test(name)) return name
  throw invalid(`1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint`)
}

interface CreateInput {
  readonly [name: string]: unknown
  readonly GroupName?: string
  readonly ScheduleExpression?: string
  readonly ScheduleExpressionTimezone?: string
  readonly FlexibleTimeWindow?: { readonly Mode?: string }
  readonly Target?: { readonly Arn?: string; readonly RoleArn?: string; readonly Input?: string }
}

const inputOf = (body: string): CreateInput => {
  try {
    const parsed: unknown = JSON.parse(body)
    if (typeof parsed === 'object' && parsed !== null) return parsed as CreateInput
  } catch {}
  throw new RestFault('SerializationException', 'The request body is no JSON object.')
}

const scheduleOf = (name: string, input: CreateInput): LocalSchedule => {
  const { Arn, RoleArn, Input = '' } = input.Target ?? {}
  if (typeof Arn !== 'string' || !Arn.startsWith('arn:aws:sqs:'))
    throw invalid('Provided Arn is not in correct format: it must be that of a queue here.')
  if (typeof RoleArn !== 'string' || !/^arn:aws:iam::\d{12}:role\//.test(RoleArn))
    throw invalid('Provided RoleArn is not in correct format.')
  if (input.FlexibleTimeWindow?.Mode !== 'OFF') throw invalid('FlexibleTimeWindow must be OFF here.')
  if (Buffer.byteLength(Input) > inputBytesMax) throw invalid(`Input is longer than ${inputBytesMax} bytes.`)
  return {
    group: input.GroupName ?? 'default',
    name,
    at: timeOf(input),
    queueArn: Arn,
    body: Input,
    input,
    createdAt: Date.now(),
  }
}

const timeOf = ({ ScheduleExpression = '', ScheduleExpressionTimezone = 'UTC' }: CreateInput): number => {
  const { 1: time = '' } = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(ScheduleExpression) ?? []
  const at = Date.parse(`${time}Z`)
  if (Number.isNaN(at) || ScheduleExpressionTimezone !== 'UTC')
    throw invalid(`Invalid Schedule Expression ${ScheduleExpression}. Only at(yyyy-mm-ddThh:mm:ss) in UTC is done here.`)
  return at
}
