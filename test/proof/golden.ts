// The traces of seeds 1 and 2 of each workload, as golden-write.ts found them.
import type { WorkloadName } from './workloads.ts'

export const goldenTraces: { readonly [W in WorkloadName]: readonly [string, string] } = {
  orders: ['83c0d2fc88c5e4a2', '171c3b83a73167cd'],
  shop: ['fc2c155a02695cc0', '5ac68ebc30dfccc6'],
  murmur: ['591c0d7a51854064', '3be194f9caf65fdb'],
  chatter: ['144bc98444742dba', '7eec2e790f0b0c9b'],
  poison: ['6defeb115de154cb', '979c84d1044293c5'],
  throng: ['508b9ed03a948fd7', '7f086348a9c5eeb2'],
  corners: ['57d4f31591f139c2', 'd5695f1b055e1ce8'],
  hibernation: ['44a294ea35161cad', '8ae26c5585910d7d'],
  freight: ['e185b47247d2c99b', '3f18b8c425c90611'],
  shelves: ['60777aac6ccb587f', '669a1b69530951e8'],
  storm: ['b7feb4ede17318f4', 'f85059205da04bb6'],
  trouble: ['fa4c21db3f9355eb', '5baec68d63ade332'],
  plague: ['3715fb4ebadee4c2', '7d7f66198673b369'],
  stops: ['47040c757fa65908', 'cabf8b028b6b316f'],
  relapse: ['3b1d164e1f58a2d0', 'd89539a290274841'],
  timers: ['670141701096b401', '57357aea7eab3c6b'],
  payments: ['707e93b397052644', '8b491c6c071fbb2a'],
  desks: ['f1ae7853fcc1872a', '459d38481d15574b'],
  latecomers: ['f1ae7853fcc1872a', '82ff80f1a6c5a800'],
  trips: ['7e9a08a7b0e24422', 'edb7b142770e22d1'],
  perils: ['b8896e46dd628547', 'b0994afe40ea199e'],
  outings: ['bacdcb7ec393076d', '099571d9502f186e'],
  program: ['dba980bf8819996c', 'bb6758882e3b42e9'],
  steady: ['ffafcc20a687b774', '92b7e4d4c746655c'],
}
