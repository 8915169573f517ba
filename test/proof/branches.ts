// Branches of a source text, and which of them V8 saw run.
import { parseSync, Visitor } from 'oxc-parser'

/** What V8 counted of one script: ranges of offsets that lie in one another; the innermost says how often a place ran. */
export type Ranges = readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[]

/** Where a branch begins, as an offset: what follows an `if`, arms of `?:`, right sides of `&&`, `||` and `??`, cases, catches, bodies of functions. */
export const branchesOf = (path: string, text: string): readonly number[] => {
  const starts = new Set<number>()
  const add = (node: { readonly start: number } | null | undefined): void => {
    if (node) starts.add(node.start)
  }
  new Visitor({
    IfStatement: ({ consequent, alternate }) => {
      add(consequent)
      add(alternate)
    },
    ConditionalExpression: ({ consequent, alternate }) => {
      add(consequent)
      add(alternate)
    },
    LogicalExpression: ({ right }) => add(right),
    SwitchCase: ({ consequent }) => add(consequent[0]),
    CatchClause: ({ body }) => add(body.body[0]),
    ArrowFunctionExpression: ({ body }) => add(body),
  }).visit(parseSync(path, text).program)
  return [...starts].sort((a, b) => a - b)
}

export const ranAt = (ranges: Ranges, offset: number): boolean => {
  let innermost: Ranges[number] | undefined
  for (const range of ranges) {
    if (range.startOffset > offset || range.endOffset <= offset) continue
    if (innermost === undefined || range.endOffset - range.startOffset <= innermost.endOffset - innermost.startOffset)
      innermost = range
  }
  return innermost !== undefined && innermost.count > 0
}
