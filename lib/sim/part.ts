// A part of a record as it stands in a table, wherever it lies.
import { joinPages, pageRange } from '../core/page.ts'
import { placesOf } from '../core/record.ts'
import type { Item } from '../ports/store.ts'
import type { TableModel } from './table.ts'

/** The JSON text of a part of a record, from its item or its pages. */
export const partIn = (
  table: TableModel,
  item: Item,
  part: 'state' | 'effects' | 'waits' | 'replies' | 'flows' | 'monitors' | 'held',
  now: number,
): string | undefined => {
  const place = placesOf(item).find((one) => one.part === part)?.place
  if (place === undefined) return item.attributes[part] as string | undefined
  const { from, to } = pageRange(place.sk)
  return joinPages(table.range(item.pk, from, to, now))
}
