// What anybody may put on a mailbox by hand: a client's odd messages, none of which carries a token.
import type { Random, World } from '../../lib/sim/index.ts'
import type { Peer } from './generator-blocks.ts'

const nothing = { tokens: 0, left: 0 }
const day = 86_400_000

/** @param n makes the message another than those before */
export const postOdd = (world: World, to: Peer, random: Random, n: number): void => {
  const now = world.now().getTime()
  const id = `odd-${n}`
  const envelope = { id, to: 'i0', type: 'Alpha', body: nothing }
  const nested = `${'['.repeat(300)}${']'.repeat(300)}`
  const odd: readonly unknown[] = [
    'no JSON {',
    nested,
    '[]',
    '42',
    { ...envelope, to: 7 },
    { ...envelope, to: 'two words' },
    { ...envelope, to: '~mine' },
    { ...envelope, to: 'x'.repeat(200) },
    { ...envelope, to: '' },
    { ...envelope, type: '' },
    { ...envelope, type: 'constructor' },
    { ...envelope, type: 'Mute' },
    { ...envelope, type: 'Own', id },
    { ...envelope, v: 2 },
    { ...envelope, id: 'x'.repeat(600) },
    { ...envelope, at: -1 },
    { ...envelope, at: now - 100 * day },
    { ...envelope, at: now + 3 * day },
    { ...envelope, hops: 1.5 },
    { ...envelope, hops: 1001 },
    { ...envelope, from: 5 },
    { ...envelope, trace: 5 },
    { ...envelope, type: 'Unknown', trace: '' },
    { ...envelope, cause: 5 },
    { ...envelope, cause: 'somebody/1', trace: 'a-trace', from: 'somebody/else', at: now - random.int(5000) },
    { ...envelope, body: { tokens: 'none' } },
    { ...envelope, body: { ...nothing, ballast: 'x'.repeat(200_000) }, type: 'Unknown' },
    { ...envelope, body: { ...nothing, ballast: '\ufffe' } },
    [envelope, { ...envelope, id: `${id}-b` }, envelope, 7],
    { id, to: 'i0', type: 'Alpha' },
    { ...envelope, body: 5 },
    { ...envelope, body: { ...nothing, ballast: 'breaks the schema' } },
    { ...envelope, type: 'Unknown', body: { ballast: 'x'.repeat(1_048_480) } },
    { ...envelope, type: 'Gamma', body: { ...nothing, ballast: 'breaks the schema' } },
    { ...envelope, type: 'Gamma', body: { tokens: 'none' } },
    { to: 'i0', type: 'Alpha', body: nothing },
    [
      { to: 'i0', type: 'Alpha', body: nothing },
      { to: 'i0', type: 'Beta', body: nothing },
    ],
  ]
  const one = random.pick(odd)
  world.post(to, typeof one === 'string' ? one : JSON.stringify(one).replace('\ufffe', '\\ufffe'), 'i0', id)
}
