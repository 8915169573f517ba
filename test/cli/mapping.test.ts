import { describe, expect, test } from '@jest/globals'
import { identityMapping, parseMapping } from '../../lib/cli/mapping.ts'

const fields = {
  InvoiceNo: '536366',
  CustomerID: '17850',
  TotalPrice: '22.200000000000003',
  gift: 'Yes',
  note: '',
  many: { a: 1 },
}
const base = { to: 'order/{InvoiceNo}', type: 'Place', key: 'invoice-{InvoiceNo}' }
const bodyOf = (body: unknown): unknown => parseMapping({ ...base, body }).apply(fields, 2).body

describe('a mapping', () => {
  test('makes a message of a row', () => {
    const mapping = parseMapping({
      ...base,
      body: {
        customer: '{CustomerID}',
        pence: { column: 'TotalPrice', as: 'pence' },
        sku: { column: 'InvoiceNo', last: 2, prefix: 'sku-' },
        quantity: 1,
      },
    })
    expect(mapping).toMatchObject({ process: 'order', type: 'Place', columns: ['InvoiceNo', 'CustomerID', 'TotalPrice'] })
    expect(mapping.apply(fields, 2)).toEqual({
      process: 'order',
      instance: '536366',
      type: 'Place',
      key: 'invoice-536366',
      body: { customer: '17850', pence: 2220, sku: 'sku-66', quantity: 1 },
    })
  })

  test.each([
    ['{InvoiceNo}-{{x}}', '536366-{x}'],
    [{ column: 'InvoiceNo' }, '536366'],
    [{ column: 'many' }, { a: 1 }],
    [{ column: 'InvoiceNo', as: 'integer' }, 536_366],
    [{ column: 'InvoiceNo', last: 3, as: 'integer' }, 366],
    [{ column: 'TotalPrice', as: 'number' }, 22.200000000000003],
    [{ column: 'gift', as: 'boolean' }, true],
    [{ column: 'note', as: 'string' }, ''],
    [
      [1, null, true, ['{gift}'], { deep: { x: '{gift}' } }],
      [1, null, true, ['Yes'], { deep: { x: 'Yes' } }],
    ],
  ])('reads %j as %j', (node, value) => {
    expect(bodyOf(node)).toEqual(value)
  })

  test.each([
    ['{Nope}', /no column "Nope" \(it has InvoiceNo/],
    ['{many}', /column "many" is {"a":1}: it must be a text/],
    [{ column: 'TotalPrice', as: 'integer' }, /column "TotalPrice" is "22.2.*": not an integer/],
    [{ column: 'note', as: 'number' }, /column "note" is "": not a number/],
    [{ column: 'gift', as: 'pence' }, /column "gift" is "Yes": not an amount/],
    [{ column: 'InvoiceNo', as: 'boolean' }, /column "InvoiceNo" is "536366": not true or false/],
  ])('finds a row bad where %j cannot be read', (node, reason) => {
    expect(() => bodyOf(node)).toThrow(reason)
  })

  test.each([
    [[], /a mapping is an object/],
    [{ type: 'Place' }, /mapping, "to": name the instance/],
    [{ to: 'order/1' }, /mapping, "type": name the message/],
    [{ ...base, bdy: {} }, /mapping, "bdy": a mapping has/],
    [{ ...base, body: { a: { column: 1 } } }, /mapping, "body.a.column": name a column/],
    [
      { ...base, body: { a: [{ column: 'x', as: 'cents' }] } },
      /mapping, "body.a\[0\].as": it is "cents": choose one of string, integer/,
    ],
    [{ ...base, body: { column: 'x', last: 0 } }, /mapping, "body.last": it must be a whole number from 1/],
    [{ ...base, body: { column: 'x', first: 2 } }, /mapping, "body.first": a column has/],
  ])('is refused with the place of the fault: %j', (json, reason) => {
    expect(() => parseMapping(json)).toThrow(reason)
  })

  test('gives a row without key one of its message and its line', () => {
    const { apply } = parseMapping({ to: 'order/{InvoiceNo}', type: 'Place' })
    expect(apply(fields, 2).key).toMatch(/^row-2-[0-9a-f]{32}$/)
    expect(apply(fields, 2).key).toBe(apply({ ...fields }, 2).key)
    expect(apply(fields, 3).key).not.toBe(apply(fields, 2).key)
  })
})

test('a row that is a message itself needs no mapping', () => {
  expect(identityMapping.apply({ to: 'order/1/2', type: 'Place', key: 'k' }, 1)).toEqual({
    process: 'order',
    instance: '1/2',
    type: 'Place',
    key: 'k',
    body: {},
  })
  expect(() => identityMapping.apply({ to: 'order', type: 'Place' }, 1)).toThrow(/"to" is "order": it must be PROCESS\/INSTANCE/)
})
