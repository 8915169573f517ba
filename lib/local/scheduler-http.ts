// The REST-JSON protocol of EventBridge Scheduler, as much of it as one-time schedules on queues need. Signatures are not checked.
import type { RequestListener } from 'node:http'
import { region } from './function-spec.ts'
import { RestFault, type RestRequest, restHandler } from './rest.ts'
import type { LocalSchedule, NewSchedule, SchedulerService } from './scheduler-service.ts'
import { account } from './sqs-wire.ts'

/** A target's input of 256 KB, each byte of it escaped in JSON, and room for the rest. */
const requestBytesMax = 2 * 1024 * 1024
/** Target: "The maximum size of the Input field is 256 KB." */
const inputBytesMax = 256 * 1024

export const isSchedulerPath = (path: string): boolean => /^\/schedule(s|-groups)\b/.test(path)

/** @param count is told each action */
export const schedulerHandler = (service: SchedulerService, count: (action: string) => void): RequestListener =>
  restHandler(requestBytesMax, async (request) => {
    const { 1: kind = '', 2: named } = /^\/(schedules|schedule-groups)(?:\/([^/]+))?$/.exec(request.url.pathname) ?? []
    const action = actions[`${request.method} /${kind}${named === undefined ? '' : '/name'}`]
    if (action === undefined) throw new RestFault('UnknownOperationException', `${request.method} ${request.url.pathname}`, 404)
    count(action.name)
    const reply = action.act(service, named === undefined ? '' : checkedName(decodeURIComponent(named)), request)
    await service.settled()
    return { body: JSON.stringify(reply) }
  })

interface Action {
  readonly name: string
  readonly act: (service: SchedulerService, name: string, request: RestRequest) => object
}

const actions: { readonly [route: string]: Action } = {
  'POST /schedule-groups/name': {
    name: 'CreateScheduleGroup',
    act: (service, name) => {
      service.createGroup(name)
      return { ScheduleGroupArn: arnOf(`schedule-group/${name}`) }
    },
  },
  'DELETE /schedule-groups/name': {
    name: 'DeleteScheduleGroup',
    act: (service, name) => {
      service.deleteGroup(name)
      return {}
    },
  },
  'POST /schedules/name': {
    name: 'CreateSchedule',
    act: (service, name, { body }) => ({ ScheduleArn: summaryOf(service.create(scheduleOf(name, inputOf(body)))).Arn }),
  },
  'GET /schedules/name': {
    name: 'GetSchedule',
    act: (service, name, request) => describe(service.get(groupOf(request), name)),
  },
  'GET /schedules': {
    name: 'ListSchedules',
    // All at once: a machine's own schedules are few enough for one page.
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

const groupOf = ({ url }: RestRequest): string => url.searchParams.get('groupName') ?? 'default'
const arnOf = (resource: string): string => `arn:aws:scheduler:${region}:${account}:${resource}`

const summaryOf = ({ name, group, createdAt, target: { Arn } }: LocalSchedule) => ({
  Arn: arnOf(`schedule/${group}/${name}`),
  Name: name,
  GroupName: group,
  State: 'ENABLED',
  // Seconds since 1970.
  CreationDate: createdAt / 1000,
  LastModificationDate: createdAt / 1000,
  Target: { Arn },
})

const describe = (schedule: LocalSchedule): object => ({
  ...summaryOf(schedule),
  ScheduleExpression: `at(${new Date(schedule.at).toISOString().slice(0, 19)})`,
  ScheduleExpressionTimezone: 'UTC',
  FlexibleTimeWindow: { Mode: 'OFF' },
  ActionAfterCompletion: 'DELETE',
  Target: schedule.target,
})

const invalid = (message: string): RestFault => new RestFault('ValidationException', message)

// CreateSchedule, Name: "Pattern: ^[0-9a-zA-Z-_.]+$", "Maximum length of 64".
const checkedName = (name: string): string => {
  if (/^[0-9a-zA-Z-_.]{1,64}$/.test(name)) return name
  throw invalid(`1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint`)
}

interface CreateInput {
  readonly GroupName?: string
  readonly ScheduleExpression?: string
  readonly ScheduleExpressionTimezone?: string
  readonly FlexibleTimeWindow?: { readonly Mode?: string }
  readonly ActionAfterCompletion?: string
  readonly Target?: { readonly Arn?: string; readonly RoleArn?: string; readonly Input?: string }
}

const inputOf = (body: string): CreateInput => {
  try {
    return JSON.parse(body) as CreateInput
  } catch {
    throw new RestFault('SerializationException', 'The request body is no JSON.')
  }
}

const scheduleOf = (name: string, given: CreateInput): NewSchedule => {
  const { GroupName: group = 'default', Target: { Arn = '', RoleArn = '', Input = '' } = {} } = given
  if (!Arn.startsWith('arn:aws:sqs:')) throw invalid('Provided Arn is not in correct format: here it is that of a queue.')
  if (!/^arn:aws:iam::\d{12}:role\//.test(RoleArn)) throw invalid('Provided RoleArn is not in correct format.')
  if (given.FlexibleTimeWindow?.Mode !== 'OFF') throw invalid('FlexibleTimeWindow must be OFF here.')
  if (given.ActionAfterCompletion !== 'DELETE') throw invalid('ActionAfterCompletion must be DELETE here.')
  if (Buffer.byteLength(Input) > inputBytesMax) throw invalid(`Input is longer than ${inputBytesMax} bytes.`)
  return { group, name, at: timeOf(given), target: { Arn, RoleArn, Input } }
}

const timeOf = ({ ScheduleExpression = '', ScheduleExpressionTimezone = 'UTC' }: CreateInput): number => {
  const { 1: time = '' } = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(ScheduleExpression) ?? []
  const at = Date.parse(`${time}Z`)
  if (!Number.isNaN(at) && ScheduleExpressionTimezone === 'UTC') return at
  throw invalid(`Invalid Schedule Expression ${ScheduleExpression}. Here it is at(yyyy-mm-ddThh:mm:ss) in UTC.`)
}
