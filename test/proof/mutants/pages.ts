// Planted bugs in shadow paging: what lies on pages beside a record, and when it may go.
import type { Mutant } from '../mutant.ts'

export const pages: readonly Mutant[] = [
  {
    name: 'pages are written after the commit',
    rule: 'I8: pages go first, and the commit points at them',
    file: 'runtime/records.ts',
    find: 'await Promise.all([...evicted, ...written.pages].map((item) => store.put(item)))\n  const result = await store.put(written.item, standing(base))',
    replace:
      'await Promise.all(evicted.map((item) => store.put(item)))\n  const result = await store.put(written.item, standing(base))\n  await Promise.all(written.pages.map((item) => store.put(item)))',
    workload: 'corners',
  },
  {
    name: 'those that race write over each other’s pages',
    rule: 'I8: pages lie under version and nonce',
    file: 'core/record.ts',
    find: `const sk = \`page/\${record.version}/\${record.nonce}/\${part}\``,
    replace: `const sk = \`page/\${record.version}/\${part}\``,
    workload: 'corners',
  },
  {
    name: 'the loser of a race drops pages that the winner has',
    rule: 'I8: pages that a standing record points at stay',
    file: 'runtime/records.ts',
    find: 'await dropPages(store, written.record, winner)',
    replace: 'await dropPages(store, written.record, { ...winner, pages: {} })',
    workload: 'shelves',
  },
  {
    name: 'a commit drops the pages that it keeps',
    rule: 'I8: pages that a standing record points at stay',
    file: 'runtime/records.ts',
    find: '.filter(({ sk }) => !kept.has(sk))',
    replace: '.filter(({ sk }) => kept.size >= 0 && sk)',
    workload: 'corners',
  },
  {
    name: 'pages are dropped before the commit',
    rule: 'I8: a record stands until another does',
    file: 'runtime/standing.ts',
    find: 'const { kind, record } = await commitRecord(host.store, base, conclusion)',
    replace:
      'await dropPages(host.store, base, { ...base, pages: {} })\n  const { kind, record } = await commitRecord(host.store, base, conclusion)',
    workload: 'corners',
  },
  {
    name: 'a state on pages is not written anew',
    rule: 'I1: a commit holds the state after its messages',
    file: 'core/record.ts',
    find: "part === 'state' && base?.state === text ? base.pages.state : undefined",
    replace: "part === 'state' ? base?.pages.state : undefined",
    workload: 'corners',
  },
  {
    name: 'clearing effects moves a state on pages',
    rule: 'I8: what a record points at has been written',
    file: 'runtime/records.ts',
    find: 'const cleared = encodeRecord({ ...record, effects: [] }, record)',
    replace: 'const cleared = encodeRecord({ ...record, effects: [] })',
    workload: 'shelves',
  },
  {
    name: 'effects on pages are dropped with the commit that wrote them',
    rule: 'I5: effects stay until they are done',
    file: 'runtime/standing.ts',
    find: 'await dropPages(host.store, base, record)',
    replace:
      'await dropPages(host.store, record, { ...record, pages: { ...(record.pages.state && { state: record.pages.state }) } })',
    workload: 'corners',
  },
]
