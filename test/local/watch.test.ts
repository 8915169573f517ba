// Heartbeats, restarts and escalation on the local cloud, end to end.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { connect, operate } from '../../lib/aws/index.ts'
import { startLocalCloud } from '../../lib/local/index.ts'
import { app } from './fixtures/ward/app.ts'
import { Nurse, Patient } from './fixtures/ward/contracts.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gavotte-ward-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('a supervisor hears that an instance stands still, and that it goes on', async () => {
  const cloud = await startLocalCloud({ app, port: 0, data: folder, onEvent: () => {} })
  const sdk = { endpoint: cloud.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  const options = { app: 'ward', routes: cloud.routes, sqs: sdk, dynamodb: sdk } as const
  const client = connect({ uses: [Nurse, Patient], ...options, lambda: sdk })
  const operator = operate(options)
  const heard = async () => (await client.view(Nurse, 'patient'))?.heard ?? []
  const until = async (isSo: (told: readonly string[]) => boolean): Promise<void> => {
    for (let tries = 0; !isSo(await heard()); tries += 1) {
      if (tries > 400) throw new Error(`it did not come to pass: ${(await heard()).join()}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  try {
    await client.send(Patient, '1').Take({ pills: 1 })
    await client.send(Patient, '1').Take({ pills: 11 })
    await until((told) => told.includes('1 failed') && told.at(-1) === '1 down')
    for await (const one of operator.failed())
      expect(await operator.discard(one, { why: 'too many' })).toMatchObject({ kind: 'done' })
    await until((told) => told.at(-1) === '1 up')
  } finally {
    await operator.close()
    await client.close()
    await cloud.close()
  }
}, 60_000)
