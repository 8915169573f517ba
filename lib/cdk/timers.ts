// What timers need: a standard queue on which they come back, and a role with which EventBridge Scheduler sends the long ones there.
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Stack } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { locate } from './location.ts'
import { schedulerRoleName } from './names.ts'
import type { Placement } from './plan.ts'
import { addDeadLetterQueue, addSourceQueue } from './queues.ts'

export interface Timers {
  readonly queue: Queue
  readonly deadLetter: Queue
  /** What schedules send with; it can do nothing else. */
  readonly role: Role
}

const scheduler = 'scheduler.amazonaws.com'

/** Undefined if the process has no timers. */
export const addTimers = (scope: Construct, placement: Placement): Timers | undefined => {
  const { names, visibilitySeconds, deploy } = placement
  if (!deploy.timers) return undefined
  const deadLetter = addDeadLetterQueue(scope, 'TimerDeadLetter', names.timerDeadLetter)
  const queue = addSourceQueue(scope, 'Timer', names.timer, { visibilitySeconds, deadLetter })
  const { account, region } = Stack.of(scope)
  const role = new Role(scope, 'SchedulerRole', {
    roleName: schedulerRoleName(placement, region),
    // Schedules of another account could name the role as well.
    assumedBy: new ServicePrincipal(scheduler, { conditions: { StringEquals: { 'aws:SourceAccount': account } } }),
    inlinePolicies: {
      timer: new PolicyDocument({
        statements: [new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn, deadLetter.queueArn] })],
      }),
    },
  })
  return { queue, deadLetter, role }
}

/** To make schedules in the node's group, and to let them send with the role; what else is in the group cannot be sent anywhere. */
export const schedulingOf = (placement: Placement, { role }: Timers): readonly PolicyStatement[] => [
  new PolicyStatement({ actions: ['scheduler:CreateSchedule'], resources: [locate(Stack.of(role), placement).schedulesArn] }),
  new PolicyStatement({
    actions: ['iam:PassRole'],
    resources: [role.roleArn],
    conditions: { StringEquals: { 'iam:PassedToService': scheduler } },
  }),
]
