import type { JsonRow, TypedColumn, TypedRows } from '../report/parquet.ts'
import type { ArchiveStore } from '../store/archive-store.ts'

/** Rows that one question holds, and characters of them, unless a single one is longer. */
const batchRows = 200
const batchLength = 1_000_000

/** The rows of a file as JSON, in batches that one question may hold. Rejects with an error if it is damaged. */
export async function* rowBatches(path: string): AsyncGenerator<string[]> {
  const { readParquet } = await import('../report/parquet.ts')
  let batch: string[] = []
  let length = 0
  for await (const { rows } of readParquet(path)) {
    for (const row of rows) {
      const text = JSON.stringify(row)
      if (batch.length > 0 && (batch.length === batchRows || length + text.length > batchLength)) {
        yield batch
        batch = []
        length = 0
      }
      batch.push(text)
      length += text.length
    }
  }
  if (batch.length > 0) yield batch
}

/** How many rows a file has, and how many of these the database has alike. */
export async function readBack(
  store: Pick<ArchiveStore, 'matchArchive'>,
  path: string,
): Promise<{ rows: number; matched: number }> {
  let rows = 0
  let matched = 0
  for await (const batch of rowBatches(path)) {
    rows += batch.length
    matched += (await store.matchArchive({ rows: batch })).matched
  }
  return { rows, matched }
}

/** Whether a file can be read to its end. */
export async function isReadable(path: string): Promise<boolean> {
  const { readParquet } = await import('../report/parquet.ts')
  try {
    let rows = 0
    for await (const page of readParquet(path)) rows += page.rows.length
    return rows > 0
  } catch {
    return false
  }
}

/** A text or timeline that only the archive has. */
const carried = ['response_text', 'timeline', 'timeline_version'] as const

/**
 * The rows of the database, with texts and timelines that only the archive has still; and those of the archive from
 * before a moment that the database has no more, as they were pruned. Both are ordered by time and id, as is the output.
 */
export async function* merged(
  old: AsyncIterable<TypedRows>,
  now: AsyncIterable<TypedRows>,
  prunedUntil: Date | null,
): AsyncGenerator<TypedRows> {
  const before = prunedUntil === null ? '' : orderOf({ created_at: prunedUntil.toISOString() })
  const isKept = (row: JsonRow) => orderOf(row) < before
  const archived = rowsOf(old)
  let next = await archived.next()
  /** Those of the archive up to a row; null: all. */
  const upTo = async function* (row: JsonRow | null) {
    for (; next.done !== true; next = await archived.next()) {
      if (row !== null && compare(next.value.row, row) > 0) return
      yield next.value.row
    }
  }
  const more: readonly TypedColumn[] = next.done === true ? [] : next.value.columns
  let columns: readonly TypedColumn[] | null = null
  for await (const { columns: named, row } of rowsOf(now)) {
    columns ??= [...named, ...more.filter(({ name }) => named.every((column) => column.name !== name))]
    let own: JsonRow = {}
    for await (const each of upTo(row)) {
      if (each['id'] === row['id']) own = each
      else if (isKept(each)) yield { columns, rows: [each] }
    }
    yield { columns, rows: [withCarried(row, own)] }
  }
  for await (const row of upTo(null)) if (isKept(row)) yield { columns: columns ?? more, rows: [row] }
}

const withCarried = (row: JsonRow, own: JsonRow): JsonRow => ({
  ...row,
  ...Object.fromEntries(carried.map((name) => [name, row[name] ?? own[name] ?? null])),
})

async function* rowsOf(
  pages: AsyncIterable<TypedRows>,
): AsyncGenerator<{ columns: readonly TypedColumn[]; row: JsonRow }> {
  for await (const { columns, rows } of pages) for (const row of rows) yield { columns, row }
}

/** When a row was made, to the microsecond: the database leaves zeros out at the end. */
const orderOf = (row: JsonRow): string => {
  const [, seconds = '', fraction = ''] = /^(.{19})(?:\.(\d+))?/.exec(String(row['created_at'])) ?? []
  return `${seconds}.${fraction.padEnd(6, '0')}+00:00`
}

function compare(a: JsonRow, b: JsonRow): number {
  const [one, other] = [a, b].map((row) => `${orderOf(row)}/${String(row['id'])}`)
  return one === other ? 0 : (one ?? '') < (other ?? '') ? -1 : 1
}
