// Installs what package-lock.json lists and node_modules lacks, before any other script. Runs on Node 20 without dependencies.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, symlinkSync } from 'node:fs'

/** The packages of a lockfile by their place; npm keeps one beside what it has installed. */
const packages = (file) => JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')).packages

/** Why an install is due; undefined if there is none. */
const lack = () => {
  const installed = './node_modules/.package-lock.json'
  if (!existsSync(new URL(installed, import.meta.url))) return 'nothing is installed yet'
  const present = packages(installed)
  for (const [place, { version, optional, peer }] of Object.entries(packages('./package-lock.json'))) {
    const found = present[place]?.version
    if (place === '' || found === version || (found === undefined && (optional || peer))) continue
    return `${place} is ${found ?? 'missing'}, package-lock.json has ${version}`
  }
  return undefined
}

const reason = lack()
if (reason !== undefined) {
  console.log(`npm install: ${reason}`)
  // Not `npm ci`: it insists on the binaries of every platform, and the lockfile lists those of the one that it was made on.
  // What the lockfile lists is installed as listed, and it is not written to.
  const args = ['install', '--no-save', '--no-progress', '--loglevel=error']
  // npm names its own program, so that the npm which was called is the one that installs.
  const npm = process.env.npm_execpath
  const [command, ...rest] = npm === undefined ? ['npm', ...args] : [process.execPath, npm, ...args]
  process.exitCode = spawnSync(command, rest, { stdio: 'inherit', cwd: new URL('.', import.meta.url) }).status ?? 1
}

// `npx gavotte` runs the sources here, as it runs the package elsewhere.
const command = new URL('./node_modules/.bin/gavotte', import.meta.url)
if (existsSync(new URL('./node_modules/.bin/', import.meta.url)) && !existsSync(command))
  symlinkSync('../../lib/cli/main.ts', command)
