// What the plain text and the names of files give away: length, machine paths, registry hosts, folders without a job.
import type { Fault, Source } from './source.ts'

/** The longest a file of lib, functions or infra may be. */
const linesMax = 300

export const longFiles = ({ path, text }: Source): readonly Fault[] => {
  const lines = text.replace(/\n$/, '').split('\n').length
  return lines <= linesMax ? [] : [`${path}:${lines} is longer than ${linesMax} lines: cut it where its jobs part`]
}

export const vagueFolders = ({ path }: Source): readonly Fault[] => {
  const vague = /(?:^|\/)(utils?|helpers?|common|types)\//.exec(path)?.[1]
  return vague === undefined ? [] : [`${path}:1 is in a folder called ${vague}: put it beside what uses it, or name its job`]
}

/** Lines that match `pattern`, each with the advice. */
const matches = ({ path, text }: Source, pattern: RegExp, advice: string): readonly Fault[] =>
  text.split('\n').flatMap((line, n): Fault[] => (pattern.test(line) ? [`${path}:${n + 1} ${advice}`] : []))

export const machinePaths = (source: Source): readonly Fault[] =>
  matches(
    source,
    /(?:\/home|\/Users|\\Users)[/\\]\w|(?:^|[\s'"`(=])\/root\/\w/,
    'names a path of one machine: make it relative to the project',
  )

export const registryHosts = (source: Source): readonly Fault[] =>
  matches(
    source,
    /"resolved": "https?:/,
    'names a registry host: install with omit-lockfile-registry-resolved (.npmrc) and commit the lockfile again',
  )
