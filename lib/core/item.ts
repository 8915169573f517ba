// An item of a process's table, as data.

export type Attribute = string | number | Uint8Array

/** `pk`: the instance. `sk`: which of its items, e.g. `record`. The two and `attributes` share one name space in the table. */
export interface Item {
  readonly pk: string
  readonly sk: string
  readonly attributes: { readonly [name: string]: Attribute }
}
