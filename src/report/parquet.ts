import type { SchemaElement } from 'hyparquet'
import { asObject } from '../core/json.ts'

// Rows of the database as Parquet files and back, value by value alike. The one file that knows the format, whose
// packages are loaded when a file is written or read.

/** A column, with its type as Postgres names it. */
export interface TypedColumn {
  name: string
  type: string
}

/** A row as JSON from the database. */
export type JsonRow = Record<string, unknown>

/** Some rows of a file, in its order. */
export interface TypedRows {
  columns: readonly TypedColumn[]
  rows: readonly JsonRow[]
}

/** How values of a type are kept. What is not listed is kept as JSON. */
interface Kept {
  type: keyof typeof elements
  to: (value: unknown) => unknown
}

const same = (value: unknown): unknown => value

const kinds: Readonly<Record<string, Kept>> = {
  boolean: { type: 'BOOLEAN', to: same },
  integer: { type: 'INT32', to: same },
  // JSON has no NaN and no infinity: the database writes them as texts.
  'double precision': { type: 'DOUBLE', to: Number },
  'timestamp with time zone': { type: 'TIMESTAMP', to: (value) => toMicroseconds(String(value)) },
  uuid: { type: 'UUID', to: same },
  text: { type: 'STRING', to: same },
  bytea: { type: 'BYTE_ARRAY', to: (value) => Buffer.from(String(value), 'base64') },
}
const json: Kept = { type: 'JSON', to: same }

const keptAs = ({ type }: TypedColumn): Kept => kinds[type] ?? json

/** A timestamp as the database prints it in UTC, in microseconds: milliseconds would lose its end. */
function toMicroseconds(text: string): bigint {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? ''
  return BigInt(Date.parse(text.replace(/\.\d+/, ''))) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6))
}

/** The same back: what Postgres reads as that moment. */
function fromMicroseconds(micros: bigint): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const whole = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19)
  return `${whole}.${String(fraction).padStart(6, '0')}+00:00`
}

/** Rows of a row group, unless their texts are long: what is in memory at a time. */
const groupRows = 10_000
/** Characters of a row group, about. */
const groupLength = 16_000_000

/**
 * Writes pages of rows into a new file, compressed, in row groups of bounded size. Timestamps are UTC. All pages have
 * the columns of the first one. Returns how many rows there are; without a page there is no file. Rejects with the error
 * of the disk, or of a page.
 */
export async function writeParquet(path: string, pages: AsyncIterable<TypedRows>): Promise<number> {
  const { fileWriter, ParquetWriter } = await import('hyparquet-writer')
  let file: InstanceType<typeof ParquetWriter> | null = null
  let columns: readonly TypedColumn[] = []
  let group: JsonRow[] = []
  let length = 0
  let rows = 0
  const flush = async () => {
    const columnData = columns.map((column) => ({
      name: column.name,
      data: group.map((row) => toKept(column, row[column.name])),
      // Bounds of JSON would be whole values; those of texts are never asked for.
      statistics: !['JSON', 'BYTE_ARRAY'].includes(keptAs(column).type),
    }))
    rows += group.length
    await file?.write({ columnData, rowGroupSize: Math.max(1, group.length) })
    group = []
    length = 0
  }
  for await (const page of pages) {
    if (file === null) {
      columns = page.columns
      file = new ParquetWriter({
        writer: fileWriter(path),
        schema: schemaOf(columns),
        createdBy: 'firsttoken',
      })
    }
    for (const row of page.rows) {
      group.push(row)
      length += lengthOf(row)
      if (group.length >= groupRows || length >= groupLength) await flush()
    }
  }
  if (group.length > 0) await flush()
  await file?.finish()
  return rows
}

/** As the file has it; a value that JSON has as null is null. */
function toKept(column: TypedColumn, value: unknown): unknown {
  return value === null || value === undefined ? null : keptAs(column).to(value)
}

/** How long the long ones of its values are. */
const lengthOf = (row: JsonRow): number =>
  Object.values(row).reduce<number>(
    (sum, value) =>
      sum +
      (typeof value === 'string'
        ? value.length
        : asObject(value) === null
          ? 8
          : JSON.stringify(value).length),
    0,
  )

const schemaOf = (columns: readonly TypedColumn[]): SchemaElement[] => [
  { name: 'root', num_children: columns.length },
  ...columns.map((column) => ({
    name: column.name,
    repetition_type: 'OPTIONAL' as const,
    ...elements[keptAs(column).type],
  })),
]

const elements = {
  BOOLEAN: { type: 'BOOLEAN' },
  INT32: { type: 'INT32' },
  DOUBLE: { type: 'DOUBLE' },
  TIMESTAMP: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MICROS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
  },
  UUID: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' } },
  STRING: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  BYTE_ARRAY: { type: 'BYTE_ARRAY' },
  JSON: { type: 'BYTE_ARRAY', converted_type: 'JSON' },
} as const satisfies Record<string, Omit<SchemaElement, 'name'>>

/**
 * The rows of a file as they were written, a row group at a time; null where there is no value. Rejects with an error
 * if it is no whole Parquet file.
 */
export async function* readParquet(path: string): AsyncGenerator<TypedRows> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import('hyparquet')
  const file = await asyncBufferFromFile(path)
  const metadata = await parquetMetadataAsync(file)
  const columns = metadata.schema.slice(1).map((element) => ({ name: element.name, type: typeOf(element) }))
  let rowStart = 0
  for (const { num_rows: count } of metadata.row_groups) {
    const rowEnd = rowStart + Number(count)
    const rows = await parquetReadObjects({ file, metadata, rowStart, rowEnd, utf8: false, parsers })
    yield { columns, rows: rows.map((row) => fromKept(columns, row)) }
    rowStart = rowEnd
  }
}

const parsers = { timestampFromMicroseconds: fromMicroseconds }

/** The type of a column of a file as Postgres names it. */
const typeOf = ({ type, converted_type: converted, logical_type: logical }: SchemaElement): string =>
  Object.keys(kinds).find((name) => {
    const element: Partial<SchemaElement> = elements[kinds[name]?.type ?? 'JSON']
    return (
      element.type === type &&
      element.converted_type === converted &&
      element.logical_type?.type === logical?.type
    )
  }) ?? 'jsonb'

/** A row of a file as the database wrote it. */
const fromKept = (columns: readonly TypedColumn[], row: JsonRow): JsonRow =>
  Object.fromEntries(columns.map(({ name }) => [name, toJsonValue(row[name])]))

function toJsonValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  return value ?? null
}
