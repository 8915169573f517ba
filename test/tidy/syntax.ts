// What the syntax of a file gives away: clocks and dice in the core, reads of the environment, focused tests, doors that hide their names.
import { Visitor, type VisitorObject } from 'oxc-parser'
import { type Fault, importsOf, lineAt, parsed, type Source } from './source.ts'

/** What `report` is called with while `visitor` walks the file. */
const walk = (
  source: Source,
  visitor: (report: (node: { start: number }, text: string) => void) => VisitorObject,
): readonly Fault[] => {
  const faults: Fault[] = []
  const report = (node: { start: number }, text: string): void => {
    faults.push(`${source.path}:${lineAt(source, node.start)} ${text}`)
  }
  new Visitor(visitor(report)).visit(parsed(source).program)
  return faults
}

const impureMembers = new Set(['Date.now', 'Math.random', 'performance.now', 'process.hrtime', 'process.env'])
const impureGlobals = new Set(['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'crypto', 'fetch'])
const passItIn = 'the core is a function of its arguments, pass it in from the runtime'

/** Clock, chance, environment and waiting in a file that must be a plain function of its arguments. */
export const impurities = (source: Source): readonly Fault[] =>
  walk(source, (report) => {
    const noAsync = (node: { start: number; async?: boolean }): void => {
      if (node.async === true) report(node, 'is async: the core is synchronous, only the runtime awaits')
    }
    return {
      FunctionDeclaration: noAsync,
      FunctionExpression: noAsync,
      ArrowFunctionExpression: noAsync,
      AwaitExpression: (node) => report(node, 'awaits: the core is synchronous, only the runtime awaits'),
      MemberExpression: (node) => {
        const { object, property } = node
        if (object.type !== 'Identifier' || property.type !== 'Identifier') return
        const name = `${object.name}.${property.name}`
        if (impureMembers.has(name)) report(node, `uses ${name}: ${passItIn}`)
        else if (impureGlobals.has(object.name)) report(node, `uses ${name}: ${passItIn}`)
      },
      NewExpression: (node) => {
        const { callee } = node
        if (callee.type === 'Identifier' && callee.name === 'Date' && node.arguments.length === 0) {
          report(node, `reads the clock with new Date(): ${passItIn}`)
        }
      },
      CallExpression: (node) => {
        const { callee } = node
        if (callee.type === 'Identifier' && (impureGlobals.has(callee.name) || callee.name === 'Date')) {
          report(node, `calls ${callee.name}: ${passItIn}`)
        }
      },
    }
  })

/** Reads of the environment's variables. */
export const environmentReads = (source: Source): readonly Fault[] => {
  const advice = 'reads the environment: take the value as a parameter; one file of an edge reads it'
  return [
    ...walk(source, (report) => ({
      MemberExpression: (node) => {
        const { object, property } = node
        const named = property.type === 'Identifier' && property.name === 'env'
        if (object.type === 'Identifier' && object.name === 'process' && named) report(node, advice)
      },
      VariableDeclarator: (node) => {
        if (node.init?.type !== 'Identifier' || node.init.name !== 'process' || node.id.type !== 'ObjectPattern') return
        const named = node.id.properties.some(
          (one) => one.type === 'Property' && one.key.type === 'Identifier' && one.key.name === 'env',
        )
        if (named) report(node, advice)
      },
    })),
    ...importsOf(source)
      .filter(
        ({ specifier, names }) => specifier === 'node:process' && names.some((name) => name === 'env' || name === 'default'),
      )
      .map(({ line }): Fault => `${source.path}:${line} ${advice}`),
  ]
}

/** Of each room that reads the environment in more than one file, the files after the first. */
export const crowdedEdges = (files: readonly Source[]): readonly Fault[] => {
  const reads = files.flatMap((source) => environmentReads(source).slice(0, 1))
  const rooms = Map.groupBy(reads, (fault) => fault.split('/', fault.startsWith('lib/') ? 2 : 1).join('/'))
  return [...rooms.values()].flatMap((faults) => faults.slice(1))
}

const testFunctions = new Set(['test', 'it', 'describe'])
const partial = new Set(['only', 'skip', 'todo', 'failing'])

/** Tests that do not run, or keep others from running. */
export const partialTests = (source: Source): readonly Fault[] =>
  walk(source, (report) => ({
    MemberExpression: ({ object, property, start }) => {
      if (object.type !== 'Identifier' || property.type !== 'Identifier') return
      if (testFunctions.has(object.name) && partial.has(property.name)) {
        report({ start }, `uses ${object.name}.${property.name}: every test runs, mend or delete it`)
      }
    },
    CallExpression: ({ callee, start }) => {
      if (callee.type !== 'Identifier' || !/^[xf](?:test|it|describe)$/.test(callee.name)) return
      report({ start }, `uses ${callee.name}: every test runs, mend or delete it`)
    },
  }))

/** Exports whose names do not stand where users look for them. */
export const hiddenExports = (source: Source): readonly Fault[] => {
  const hidden = walk(source, (report) => ({
    ExportAllDeclaration: (node) => report(node, 'exports *: name each export, so that what users get is decided here'),
  }))
  const barrel = source.path.endsWith('/index.ts') && !/^lib\/(?:[^/]+\/)?index\.ts$/.test(source.path)
  return barrel
    ? [...hidden, `${source.path}:1 is a barrel: only lib and its rooms have an index.ts, import from where a thing is made`]
    : hidden
}

/** Work left for later, in comments. */
export const leftovers = (source: Source): readonly Fault[] =>
  parsed(source)
    .comments.filter(({ value }) => /\b(?:TODO|FIXME|XXX|HACK)\b/.test(value))
    .map(({ start }): Fault => `${source.path}:${lineAt(source, start)} leaves work for later: do it, or open an issue`)
