// Plain columns for people.

export interface Column<T> {
  readonly title: string
  readonly text: (row: T) => string
  readonly align?: 'right'
}

/** Lines with the title first; columns are two spaces apart. */
export const tableOf = <T>(columns: readonly Column<T>[], rows: readonly T[]): readonly string[] => {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ text }) => text(row)))]
  const widths = columns.map((_, n) => Math.max(...cells.map((line) => line[n]?.length ?? 0)))
  return cells.map((line) =>
    line
      .map((cell, n) => (columns[n]?.align === 'right' ? cell.padStart(widths[n] ?? 0) : cell.padEnd(widths[n] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}
