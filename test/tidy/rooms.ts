// Which room may import which, and what from outside: imports point one way.
import { type Fault, type Import, importsOf, type Source } from './source.ts'

interface Room {
  /** Rooms of `lib` besides itself. */
  readonly rooms: readonly string[]
  /** Packages and `node:` modules; a pattern is matched whole. */
  readonly outside: RegExp
}

const nothing = /^$/
const node = /node:.+/

/** `.` is what lies in `lib` itself: the public door. */
const rooms: { readonly [name: string]: Room } = {
  // Of the runtime it shows what makes a flow.
  '.': { rooms: ['core', 'runtime'], outside: nothing },
  core: { rooms: [], outside: /@standard-schema\/spec|node:crypto/ },
  coordination: { rooms: ['core', '.'], outside: nothing },
  ports: { rooms: ['core'], outside: nothing },
  runtime: { rooms: ['core', 'ports'], outside: node },
  aws: { rooms: ['core', 'ports', 'runtime'], outside: /node:.+|@aws-sdk\/.+/ },
  sim: { rooms: ['core', 'ports', 'runtime'], outside: node },
  local: { rooms: ['core', 'ports', 'runtime', 'aws', 'sim'], outside: /node:.+|@aws-sdk\/.+|dynalite|classic-level/ },
  cli: { rooms: ['.', 'core', 'ports', 'runtime', 'aws', 'sim', 'local'], outside: /.+/ },
  cdk: { rooms: ['core'], outside: /node:.+|aws-cdk-lib\/.+|constructs/ },
}

const roomOf = (path: string): string | undefined => {
  const [top, room, ...rest] = path.split('/')
  if (top !== 'lib') return undefined
  return rest.length === 0 ? '.' : room
}

const describeRoom = (name: string): string => (name === '.' ? 'lib' : `lib/${name}`)

/** Imports of `lib` that leave their room in the wrong direction, or take a package that the room does without. */
export const strayImports = (source: Source): readonly Fault[] => {
  const name = roomOf(source.path)
  if (name === undefined) return []
  const room = rooms[name]
  if (room === undefined) return [`${source.path}:1 is in a new room: say in test/tidy/rooms.ts what ${name} may import`]
  return importsOf(source).flatMap(({ line, specifier, path }): Fault[] => {
    const at = `${source.path}:${line}` as const
    if (path === undefined) {
      const allowed = new RegExp(`^(?:${room.outside.source})$`).test(specifier)
      return allowed ? [] : [`${at} imports ${specifier}: ${describeRoom(name)} does without it, move this to an outer room`]
    }
    const target = roomOf(path)
    if (target === name || (target !== undefined && room.rooms.includes(target))) return []
    const may = room.rooms.length === 0 ? 'only itself' : `only ${room.rooms.map(describeRoom).join(', ')}`
    return [`${at} imports ${path}: ${describeRoom(name)} may import ${may}, pass it in or move it`]
  })
}

/** The core takes one name from Node: `hash`, which is a function of its arguments. */
export const impureCoreImports = (source: Source): readonly Fault[] =>
  roomOf(source.path) !== 'core'
    ? []
    : importsOf(source)
        .filter(({ specifier, names }) => specifier === 'node:crypto' && names.some((name) => name !== 'hash'))
        .map(({ line }): Fault => `${source.path}:${line} takes more than hash from node:crypto: pass chance in from the runtime`)

/** Cuts the path of a file of the reference app into the process it belongs to and its part. */
const partOf = (path: string): { readonly process: string; readonly part: string } | undefined => {
  const match = /^functions\/([^/]+)\/(.+)\.ts$/.exec(path)
  return match?.[1] === undefined || match[2] === undefined ? undefined : { process: match[1], part: match[2] }
}

/** Why a file of a process may not import another file; undefined if it may. */
const trespass = (part: string, own: boolean, { path, specifier }: Import): string | undefined => {
  const target = path === undefined ? undefined : partOf(path)
  if (part === 'contract' && target !== undefined)
    return 'a contract imports no other file of a process: modules would run in circles'
  if (part === 'handler' && !(own && ['process', 'server'].includes(target?.part ?? '')) && !path?.startsWith('lib/aws/')) {
    return `a handler wires its own process or web server to lib/aws and nothing else (${specifier})`
  }
  if (target !== undefined && !own && !['contract', 'client', 'collections'].includes(target.part))
    return 'of another process only its contract, and the client and the data that go with it, may be imported'
  return undefined
}

/** Imports between processes of the reference app that would put two of them into one bundle. */
export const processTrespasses = (source: Source): readonly Fault[] => {
  const self = partOf(source.path)
  if (self === undefined) return []
  return importsOf(source).flatMap((one): Fault[] => {
    const own = one.path !== undefined && partOf(one.path)?.process === self.process
    const reason = trespass(self.part, own, one)
    return reason === undefined ? [] : [`${source.path}:${one.line} imports ${one.path ?? one.specifier}: ${reason}`]
  })
}
