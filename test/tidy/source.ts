// The project's files as the tidy rules read them.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { type ParseResult, parseSync } from 'oxc-parser'

/** A file by its path from the project's root, with slashes. */
export interface Source {
  readonly path: string
  readonly text: string
}

/** An import or re-export. `path` is what a relative specifier names, from the project's root. */
export interface Import {
  readonly line: number
  readonly specifier: string
  readonly path: string | undefined
  /** The names that are taken; empty for `import 'x'` and `import()`. */
  readonly names: readonly string[]
}

/** What a rule takes exception to, and where. */
export type Fault = `${string}:${number} ${string}`

const ignored = new Set(['node_modules', 'dist', 'cdk.out', '.git', '.gavotte'])

/** Every file below `folder`, ascending by path, leaving out what is installed or built. */
export const listFiles = (folder: string, below = ''): readonly string[] =>
  readdirSync(join(folder, below), { withFileTypes: true })
    .filter(({ name }) => !ignored.has(name))
    .flatMap((entry) => (entry.isDirectory() ? listFiles(folder, join(below, entry.name)) : [join(below, entry.name)]))
    .sort()

export const readSource = (folder: string, path: string): Source => ({ path, text: readFileSync(join(folder, path), 'utf8') })

const parsedSources = new WeakMap<Source, ParseResult>()

/** @throws Error if the file has a syntax error */
export const parsed = (source: Source): ParseResult => {
  const known = parsedSources.get(source)
  if (known !== undefined) return known
  const result = parseSync(source.path, source.text)
  const [error] = result.errors
  if (error !== undefined) throw new Error(`${source.path}: ${error.message}`)
  parsedSources.set(source, result)
  return result
}

/** Line of an offset, from 1. */
export const lineAt = (source: Source, offset: number): number => source.text.slice(0, offset).split('\n').length

export const importsOf = (source: Source): readonly Import[] => {
  const { module } = parsed(source)
  const found = (offset: number, specifier: string, names: readonly string[]): Import => ({
    line: lineAt(source, offset),
    specifier,
    path: specifier.startsWith('.') ? normalize(join(dirname(source.path), specifier)) : undefined,
    names,
  })
  return [
    ...module.staticImports.map(({ start, moduleRequest, entries }) =>
      found(
        start,
        moduleRequest.value,
        entries.map(({ importName }) => importName.name ?? '*'),
      ),
    ),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ start, moduleRequest, importName }) =>
        moduleRequest === null ? [] : [found(start, moduleRequest.value, [importName.name ?? '*'])],
      ),
    ),
    ...module.dynamicImports.flatMap(({ start, moduleRequest }) => {
      const literal = /^['"`]([^$]*)['"`]$/.exec(source.text.slice(moduleRequest.start, moduleRequest.end))
      return literal?.[1] === undefined ? [] : [found(start, literal[1], [])]
    }),
  ]
}
