import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Heap, type HeapNode } from '../../lib/sim/queue-heap.ts'

test('entries come out in order, whatever was taken out of the middle before', () => {
  const keys = fc.array(fc.nat(100), { maxLength: 60 })
  fc.assert(
    fc.property(keys, fc.array(fc.nat(), { maxLength: 20 }), (pushed, removed) => {
      const heap = new Heap<number>()
      const held: HeapNode<number>[] = pushed.map((key) => heap.push(key, key))
      for (const at of removed) for (const node of held.splice(at % (held.length + 1), 1)) heap.remove(node)
      const drained: number[] = []
      for (let least = heap.least; least !== undefined; least = heap.least) {
        drained.push(least.item)
        heap.remove(least)
      }
      expect(drained).toEqual(held.map(({ key }) => key).sort((one, other) => one - other))
    }),
    { seed: 1, numRuns: 2000 },
  )
})

test('an entry taken out twice takes no other with it', () => {
  const heap = new Heap<string>()
  const [one] = [heap.push(1, 'one'), heap.push(2, 'two')]
  heap.remove(one)
  heap.remove(one)
  expect(heap.least?.item).toBe('two')
})
