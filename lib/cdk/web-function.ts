// One web function in AWS: a function, a role, a log and a URL; named by app and web function.
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { FunctionUrl, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda'
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs'
import type { LogGroup } from 'aws-cdk-lib/aws-logs'
import { CfnOutput, Stack, Tags } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { environmentOf } from './environment.ts'
import { addFunction, addLogs } from './function.ts'
import { roleName } from './names.ts'
import type { Plan } from './plan.ts'
import { reachOf } from './reach.ts'
import type { WebPlacement } from './web-plan.ts'

export interface WebFunctionProps {
  readonly plan: Plan
  /** One of the plan's. */
  readonly placement: WebPlacement
}

export class WebFunction extends Construct {
  readonly placement: WebPlacement
  readonly function: NodejsFunction
  /** Where access is by IAM, `url.grantInvokeUrl(role)` lets a role in. */
  readonly url: FunctionUrl
  /** The URL, told when the stack is deployed. */
  readonly output: CfnOutput

  constructor(scope: Construct, id: string, { plan, placement }: WebFunctionProps) {
    super(scope, id)
    this.placement = placement
    const { web, names, deploy } = placement
    const logGroup = addLogs(this, names.function, deploy.logRetentionDays)
    this.function = addFunction(this, {
      functionName: names.function,
      entry: plan.app.entry(web.name),
      role: this.#role(plan, logGroup),
      logGroup,
      deploy,
      environment: environmentOf(Stack.of(this), plan, placement),
      ...(deploy.concurrency !== undefined && { reservedConcurrentExecutions: deploy.concurrency }),
    })
    // Public, it has two permissions: since October 2025 a request needs lambda:InvokeFunctionUrl and lambda:InvokeFunction, the latter
    // for what comes by the URL alone. The construct makes both.
    this.url = new FunctionUrl(this, 'Url', {
      function: this.function,
      authType: deploy.access === 'public' ? FunctionUrlAuthType.NONE : FunctionUrlAuthType.AWS_IAM,
    })
    this.output = new CfnOutput(Stack.of(this), `Url-${web.name}`, {
      value: this.url.url,
      description: `URL of ${web.name}; ${deploy.access === 'public' ? 'public' : 'requests are signed by IAM (Signature Version 4)'}`,
    })
    Tags.of(this).add('gavotte:app', plan.app.name)
    Tags.of(this).add('gavotte:web', web.name)
  }

  #role(plan: Plan, logGroup: LogGroup): Role {
    const stack = Stack.of(this)
    const log = new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    })
    return new Role(this, 'Role', {
      roleName: roleName(this.placement, stack.region),
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { web: new PolicyDocument({ statements: [log, ...reachOf(stack, plan, this.placement)] }) },
    })
  }
}
