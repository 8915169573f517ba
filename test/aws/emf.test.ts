import { expect, test } from '@jest/globals'
import { EmfMeter } from '../../lib/aws/emf.ts'

const measured = (measure: (meter: EmfMeter) => void): unknown[] => {
  const lines: string[] = []
  const meter = new EmfMeter({ app: 'shop', process: 'order', write: (line) => void lines.push(line) })
  measure(meter)
  meter.flush(1_795_424_400_000)
  return lines.map((line) => JSON.parse(line))
}

test('an invocation is one line of the embedded metric format: counts summed up, times as values', () => {
  const lines = measured((meter) => {
    meter.add('Hops', 1)
    meter.add('Hops', 2)
    meter.add('Latency', 5)
    meter.add('Latency', 8)
  })
  expect(lines).toEqual([
    {
      _aws: {
        Timestamp: 1_795_424_400_000,
        CloudWatchMetrics: [
          {
            Namespace: 'Gavotte',
            Dimensions: [['App', 'Process']],
            Metrics: [
              { Name: 'Hops', Unit: 'Count' },
              { Name: 'Latency', Unit: 'Milliseconds' },
            ],
          },
        ],
      },
      App: 'shop',
      Process: 'order',
      Hops: [3],
      Latency: [5, 8],
    },
  ])
})

test('no metric has more values than CloudWatch takes in one line', () => {
  const [line] = measured((meter) => {
    for (let n = 0; n < 250; n++) meter.add('Latency', n)
  }) as [{ Latency: number[] }]
  expect(line.Latency).toHaveLength(100)
})

test('an invocation that measured nothing writes nothing', () => {
  expect(measured(() => {})).toEqual([])
})
