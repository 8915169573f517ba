// The folder that the local cloud keeps its data in: one cloud at a time, told apart from one that cannot be read.
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { Misconfigured } from '../core/errors.ts'

export interface DataFolder {
  readonly dynamo: string
  readonly sqs: string
  readonly scheduler: string
  /** Lets another cloud have the folder. */
  readonly release: () => Promise<void>
}

/**
 * Claims a folder for this cloud, making it if it is not there. The claim is LevelDB's own lock, which the kernel holds:
 * it ends with the process however that ends.
 * @param fresh begins with empty tables and queues
 * @throws Misconfigured if another cloud has it, or it cannot be used
 */
export const claimDataFolder = async (folder: string, fresh: boolean): Promise<DataFolder> => {
  const dynamo = join(folder, 'dynamodb')
  const sqs = join(folder, 'sqs')
  const scheduler = join(folder, 'scheduler')
  await mkdir(folder, { recursive: true }).catch((cause: Error) => {
    throw new Misconfigured(
      'data-unusable',
      `${folder} cannot be used for data (${cause.message}): choose another folder with --data`,
      { cause },
    )
  })
  const lock = await claim(join(folder, 'lock'), folder)
  if (fresh) await Promise.all([dynamo, sqs, scheduler].map((path) => rm(path, { recursive: true, force: true })))
  try {
    await (await open(dynamo, folder)).close()
  } catch (thrown) {
    await lock.close()
    throw thrown
  }
  return { dynamo, sqs, scheduler, release: () => lock.close() }
}

// It is a store for its lock alone: one that cannot be read has nothing to lose.
const claim = async (path: string, folder: string): Promise<ClassicLevel> => {
  try {
    return await open(path, folder)
  } catch (thrown) {
    if (!(thrown instanceof Misconfigured && thrown.code === 'data-corrupt')) throw thrown
    await rm(path, { recursive: true, force: true })
    return open(path, folder)
  }
}

// Dynalite would throw where nobody catches it, so its store is opened once before it is given to it.
const open = async (path: string, folder: string): Promise<ClassicLevel> => {
  const level = new ClassicLevel(path)
  try {
    await level.open()
    return level
  } catch (thrown) {
    const cause = (thrown as Error).cause ?? thrown
    const { code, message } = cause as NodeJS.ErrnoException
    throw code === 'LEVEL_LOCKED'
      ? new Misconfigured('data-in-use', `another local cloud runs on ${folder}: stop it, or choose another folder with --data`, {
          cause,
        })
      : new Misconfigured(
          'data-corrupt',
          `the data in ${folder} cannot be read (${message}): begin anew with --fresh, or choose another folder with --data`,
          { cause },
        )
  }
}
