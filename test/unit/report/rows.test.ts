import {
  array,
  assert,
  asyncProperty,
  boolean,
  constant,
  constantFrom,
  double,
  integer,
  oneof,
  string,
} from 'fast-check'
import { expect, test } from 'vitest'
import type { RowPage } from '../../../src/core/row-page.ts'
import { formatCsv } from '../../../src/report/csv.ts'
import { printable } from '../../../src/report/format.ts'
import { formatJsonRows } from '../../../src/report/json-rows.ts'
import { tries } from '../../support/properties.ts'

async function* each(pages: RowPage[]) {
  yield* pages
}
async function textOf(chunks: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const chunk of chunks) text += chunk
  return text
}
const csvOf = (...pages: RowPage[]) => textOf(formatCsv(each(pages)))
const jsonOf = (...pages: RowPage[]) => textOf(formatJsonRows(each(pages)))
/** The line of one cell, after another so that an empty line is none. */
const cellOf = async (value: unknown) => (await csvOf({ columns: ['a', 'b'], rows: [[1, value]] })).slice(6)

test.each([
  [null, '\n'],
  [undefined, '\n'],
  ['', '""\n'],
  ['a b', 'a b\n'],
  ['a,b', '"a,b"\n'],
  ['say "x"', '"say ""x"""\n'],
  ['two\nlines', '"two\nlines"\n'],
  // Separators that spreadsheets guess, or that their language uses.
  ['x;=1+1', '"x;=1+1"\n'],
  ['x\t=1+1', '"x\t=1+1"\n'],
  ['x|=1+1', '"x|=1+1"\n'],
  ['x\u000b=1+1', '"x\u000b=1+1"\n'],
  ['x\u001f=1+1', '"x\u001f=1+1"\n'],
  ['x\u0085=1+1', '"x\u0085=1+1"\n'],
  ['x\u2028=1+1', '"x\u2028=1+1"\n'],
  ['x = 1', 'x = 1\n'],
  [-1.5, '-1.5\n'],
  [true, 'true\n'],
  [false, 'false\n'],
  [new Date('2026-11-26T10:00:00.125Z'), '2026-11-26T10:00:00.125Z\n'],
  [{ a: 'x' }, '"{""a"":""x""}"\n'],
  [['-1', 2], '"[""-1"",2]"\n'],
])('a cell of %j', async (value, line) => {
  expect(await cellOf(value)).toBe(line)
})

test.each([
  '=1+1',
  '+cmd',
  '-x',
  '-1+1',
  '@sum(a1)',
  '\t=1',
  '\r=1',
  '\n=1',
  '＝1',
  '＋1',
  '－x',
  '＠x',
  '﹦1',
  '=',
  ' =1+1',
  '\u00a0=1+1',
  '\u3000@x',
  '\ufeff=1+1',
  '\u200b=1+1',
  '\u2060+x',
  '\u00ad-x',
  '\u000b=1+1',
  '\u0000=1+1',
  ' \u200b\u00a0\ufeff＝1+1',
  ' -1',
])('the text %j does not start a formula', async (text) => {
  expect(parseCsv(`a\n${await cellOf(text)}`)[1]).toEqual([`'${text}`])
})

test.each(['-1', '-0.00120', '+4', '-1e-7', '12345678901234567890'])(
  'the number %s in text stays one',
  async (text) => {
    expect(await cellOf(text)).toBe(`${text}\n`)
  },
)

test('a column name is a cell like any other', async () => {
  const columns = ['h;=1+1', ' =1+1', 'a"b', '']
  expect(await csvOf({ columns, rows: [] })).toBe('"h;=1+1",\' =1+1,"a""b",""\n')
})

test('on a terminal a row is one line that moves no cursor', async () => {
  const page = { columns: ['a', 'b\u001b[2J'], rows: [['1\r\n\u001b]0;t\u0007=2', { c: '\u009b2J\u202e' }]] }
  expect(await textOf(formatCsv(each([page]), printable))).toBe('a,b\n1 =2,"{""c"":"" ""}"\n')
})

test('JSON escapes what a terminal obeys, and means the same', async () => {
  const row = ['\u001b[2J\u007f\u009b2J\u202e\u2028 模型 👨‍👩‍👧']
  const text = await jsonOf({ columns: ['a\u0085'], rows: [row] })
  expect(text).not.toMatch(/(?!\n)[\p{Cc}\u2028\u202e]/u)
  expect(JSON.parse(text)).toEqual([{ 'a\u0085': row[0] }])
})

test('the header comes once, also without rows; a statement without columns gives nothing', async () => {
  expect(await csvOf({ columns: ['a', '=b'], rows: [] }, { columns: ['a', '=b'], rows: [[1, 2]] })).toBe(
    "a,'=b\n1,2\n",
  )
  expect(await csvOf({ columns: ['a', 'a'], rows: [] })).toBe('a,a\n')
  expect(await csvOf({ columns: [], rows: [] })).toBe('')
})

test('JSON is one array, whatever the pages', async () => {
  const columns = ['a', '__proto__']
  expect(await jsonOf({ columns, rows: [] })).toBe('[]\n')
  expect(await jsonOf()).toBe('[]\n')
  const pages = [
    { columns, rows: [[1, null]] },
    { columns, rows: [] },
    {
      columns,
      rows: [
        ['=x', [2]],
        [3, 4],
      ],
    },
  ]
  const text = await jsonOf(...pages)
  expect(text).toBe('[\n{"a":1,"__proto__":null},\n{"a":"=x","__proto__":[2]},\n{"a":3,"__proto__":4}\n]\n')
})

/** Quoted or bare, then a comma or the end of the line. */
const csvCell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\n)/y

/** RFC 4180 by another way than ours; a bare empty cell is null. */
function parseCsv(text: string): (string | null)[][] {
  const table: (string | null)[][] = [[]]
  csvCell.lastIndex = 0
  while (csvCell.lastIndex < text.length) {
    const at = csvCell.lastIndex
    const match = csvCell.exec(text)
    if (match === null) throw new Error(`no cell at ${at}: ${text.slice(at)}`)
    table.at(-1)?.push(match[1]?.replaceAll('""', '"') ?? (match[2] || null))
    if (match[3] === '\n') table.push([])
  }
  return table.slice(0, -1)
}

/** Blank, or of no width. */
const skipped = /^[\s\p{Cc}\p{Cf}\p{DI}]+/u
const isDangerous = (text: string) =>
  /^[\t\r\n]/.test(text) || /^[=+\-@＝＋－＠﹦﹢﹣﹫]/.test(text.replace(skipped, ''))
const hostile = string({
  unit: constantFrom(...Array.from('=+-@\t\r\n",\'; ab1＝＠😀|\u00a0\ufeff\u200b\v')),
})
const cells = oneof(string({ unit: 'binary' }), hostile, double({ noNaN: true }), boolean(), constant(null))
const tables = integer({ min: 2, max: 5 }).chain((width) =>
  array(array(cells, { minLength: width, maxLength: width }), { maxLength: 6 }),
)

test('another parser reads what was written, and no text runs as a formula', async () => {
  const expected = (cell: string | number | boolean | null) => {
    if (typeof cell !== 'string') return cell === null ? null : String(cell)
    return isDangerous(cell) && !/^[+-]?\d+$/.test(cell) ? `'${cell}` : cell
  }
  await assert(
    asyncProperty(tables, async (rows) => {
      const columns = (rows[0] ?? ['', '']).map((_, index) => `c${index}`)
      expect(parseCsv(await csvOf({ columns, rows }))).toEqual([
        columns,
        ...rows.map((row) => row.map(expected)),
      ])
    }),
    { numRuns: tries(500) },
  )
})
