// What stands in LocalStack under the names of the apps under test, before they are deployed or after a run that was cut off.
import { dropKept, standing } from './aws.ts'
import { destroy, referenceApp, type StackApp, trialApp } from './cdklocal.ts'

const apps: { readonly [name: string]: StackApp } = { gavotte: referenceApp, trial: trialApp('first') }

export const leftovers = async (): Promise<readonly string[]> => {
  const found = await Promise.all(Object.keys(apps).map(standing))
  return found.flatMap(({ stacks, tables, scheduleGroups }) => [
    ...stacks.map((name) => `stack ${name}`),
    ...tables.map((name) => `table ${name}`),
    ...scheduleGroups.map((name) => `schedule group ${name}`),
  ])
}

export const takeAway = async (): Promise<void> => {
  for (const [name, app] of Object.entries(apps)) {
    const { stacks } = await standing(name)
    if (stacks.length > 0) await destroy(app)
    await dropKept(name)
  }
}
