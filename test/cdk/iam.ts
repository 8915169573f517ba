// A small evaluator of IAM policies: as much of AWS's logic as the policies of the stacks use, and an error for what it does not know.

export interface Statement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action: string | readonly string[]
  readonly Resource: string | readonly string[]
  readonly Principal?: { readonly AWS: string | readonly string[] }
  readonly Condition?: { readonly [operator: string]: { readonly [key: string]: string | readonly string[] } }
}

export interface Request {
  /** ARN of the role that asks. */
  readonly role: string
  readonly action: string
  readonly resource: string
  /** Keys of the request besides `aws:PrincipalArn`. */
  readonly context?: { readonly [key: string]: string | readonly string[] }
}

/**
 * Whether AWS lets the request through.
 * @param identity statements of the role
 * @param resource statements of the resource's policy; within one account either side may allow, across accounts both must
 */
export const isAllowed = (request: Request, identity: readonly Statement[], resource: readonly Statement[]): boolean => {
  const applying = (statements: readonly Statement[]) => statements.filter((one) => applies(one, request))
  const [own, others] = [applying(identity), applying(resource.filter((one) => invites(one, request)))]
  if ([...own, ...others].some(({ Effect }) => Effect === 'Deny')) return false
  return accountOf(request.role) === accountOf(request.resource)
    ? own.length + others.length > 0
    : own.length > 0 && others.length > 0
}

const accountOf = (arn: string): string => arn.split(':')[4] ?? ''
const listed = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value)

/** `*` stands for any text, `?` for one character. */
const matches = (pattern: string, text: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  ).test(text)

const applies = ({ Action, Resource, Condition = {} }: Statement, { action, resource, role, context = {} }: Request): boolean =>
  listed(Action).some((one) => matches(one.toLowerCase(), action.toLowerCase())) &&
  listed(Resource).some((one) => matches(one, resource)) &&
  Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) =>
      holds(operator, listed(values), listed({ 'aws:PrincipalArn': role, 'aws:SecureTransport': 'true', ...context }[key] ?? [])),
    ),
  )

const holds = (operator: string, values: readonly string[], asked: readonly string[]): boolean => {
  switch (operator) {
    // True of a request without the key: hence `dynamodb:Select` beside `dynamodb:Attributes`.
    case 'ForAllValues:StringEquals':
      return asked.every((one) => values.includes(one))
    case 'StringEquals':
    case 'Bool':
      return asked.some((one) => values.includes(one))
    case 'ArnEquals':
      return asked.some((one) => values.some((value) => matches(value, one)))
    default:
      throw new Error(`condition operator ${operator}: say in holds what it means`)
  }
}

const invites = ({ Principal }: Statement, { role }: Request): boolean =>
  listed(Principal?.AWS ?? []).some((one) => one === '*' || one === role || one === `arn:aws:iam::${accountOf(role)}:root`)
