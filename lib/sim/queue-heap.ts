// A binary heap by number whose entries can be taken out of the middle.

/** An entry; `key` is what it is ordered by, `place` the heap's own. */
export interface HeapNode<T> {
  readonly key: number
  readonly item: T
  place: number
}

/** The smallest key first; entries of one key in no particular order. */
export class Heap<T> {
  readonly #nodes: HeapNode<T>[] = []

  get least(): HeapNode<T> | undefined {
    return this.#nodes[0]
  }

  push(key: number, item: T): HeapNode<T> {
    const node = { key, item, place: this.#nodes.length }
    this.#nodes.push(node)
    this.#rise(node)
    return node
  }

  /** Takes out an entry of this heap; one that is out already stays so. */
  remove(node: HeapNode<T>): void {
    if (node.place < 0) return
    const last = this.#nodes.pop() as HeapNode<T>
    if (last !== node) {
      this.#put(last, node.place)
      this.#rise(last)
      this.#sink(last)
    }
    node.place = -1
  }

  #rise(node: HeapNode<T>): void {
    while (node.place > 0) {
      const parent = this.#nodes[(node.place - 1) >> 1] as HeapNode<T>
      if (parent.key <= node.key) return
      this.#swap(parent, node)
    }
  }

  #sink(node: HeapNode<T>): void {
    for (;;) {
      const left = this.#nodes[2 * node.place + 1]
      if (left === undefined) return
      const right = this.#nodes[2 * node.place + 2]
      const child = right !== undefined && right.key < left.key ? right : left
      if (child.key >= node.key) return
      this.#swap(node, child)
    }
  }

  #swap(above: HeapNode<T>, below: HeapNode<T>): void {
    const { place } = above
    this.#put(above, below.place)
    this.#put(below, place)
  }

  #put(node: HeapNode<T>, place: number): void {
    this.#nodes[place] = node
    node.place = place
  }
}
