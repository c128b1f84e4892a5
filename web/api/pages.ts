interface Page<Row> {
  rows: readonly Row[]
  next: string | null
}

/** All rows of a list that comes in pages, with what else its first page says. `read` is given where a page begins. */
export async function everyPage<Row, Of extends Page<Row>>(
  read: (after: string | null) => Promise<Of & Page<Row>>,
): Promise<Of & { rows: Row[] }> {
  const first = await read(null)
  const rows = [...first.rows]
  let { next } = first
  while (next !== null) {
    const page = await read(next)
    rows.push(...page.rows)
    next = page.next
  }
  return { ...first, rows, next }
}
