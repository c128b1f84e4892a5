import { z } from 'zod'
import { formatCsv } from '../report/csv.ts'
import { formatJsonRows } from '../report/json-rows.ts'
import { type ResultRowPage, resultPages } from '../store/result-pages.ts'
import type { Api } from './api.ts'
import type { HttpParts } from './parts.ts'
import { resultFilters, toSelection } from './result-filters.ts'

const formats = {
  csv: { type: 'text/csv; charset=utf-8', write: formatCsv },
  json: { type: 'application/json', write: formatJsonRows },
} as const
type Format = keyof typeof formats

const description = `Pages are read as the client takes them. A function, which has little time, may end before the last result: the last
line of CSV is then \`# cut: go on with after=...\`, the last object of JSON is \`{"next": "..."}\`. An answer that ends
without its last chunk is incomplete.`

/** All results of a selection as a file. */
export const addExport = (api: Api, parts: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/export',
      access: 'read',
      tag: 'results',
      summary: 'All results of a selection, oldest first, as CSV or JSON',
      description,
      query: { ...resultFilters, format: z.enum(['csv', 'json']).default('csv') },
      media: ['text/csv', 'application/json'],
    },
    async ({ query: { format, ...filters } }) => {
      const until = untilOf(parts)
      const pages = resultPages(await parts.openStore(), toSelection(filters))
      // Before the first byte, so that a refusal still has its status.
      const first = await pages.next()
      const chunks = fileOf(format, upTo(until, first, pages))
      return new Response(ReadableStream.from(encoded(chunks)), {
        headers: {
          'content-type': formats[format].type,
          'content-disposition': `attachment; filename="firsttoken-results.${format}"`,
          'cache-control': 'no-store',
        },
      })
    },
  )

/** Whether there is still time: a server has all there is, a function has not. */
function untilOf({ app: { clock }, hosting, budgetMs }: HttpParts): () => boolean {
  const began = clock.now()
  return () => hosting === 'server' || clock.now() - began < budgetMs
}

/** Pages as long as there is time: then the last one says where to go on. */
async function* upTo(
  hasTime: () => boolean,
  first: IteratorResult<ResultRowPage, unknown>,
  rest: AsyncGenerator<ResultRowPage>,
): AsyncGenerator<ResultRowPage> {
  try {
    for (let each = first; each.done !== true; each = await rest.next()) {
      yield each.value
      if (each.value.next !== null && !hasTime()) return
    }
  } finally {
    await rest.return(undefined)
  }
}

/** The text of a file, piece by piece, and where it was cut if it was. */
async function* fileOf(format: Format, pages: AsyncIterable<ResultRowPage>): AsyncGenerator<string> {
  let next: string | null = null
  const seen = async function* () {
    for await (const page of pages) {
      ;({ next } = page)
      yield page
    }
    if (next !== null && format === 'json') yield { columns: ['next'], rows: [[next]] }
  }
  yield* formats[format].write(seen())
  if (next !== null && format === 'csv') yield `# cut: go on with after=${encodeURIComponent(next)}\n`
}

async function* encoded(chunks: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const chunk of chunks) yield encoder.encode(chunk)
}
