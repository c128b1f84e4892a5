import { formatTable, shortened } from '../../src/report/format.ts'

/** Every ready-made query, in the order of the page. */
export const sections: Record<string, readonly string[]> = {
  Now: ['latest-results', 'target-health', 'latest-errors', 'results'],
  Speed: [
    'leaderboard-24h',
    'leaderboard-7d',
    'leaderboard-30d',
    'same-model',
    'speed-by-target',
    'speed-by-provider',
    'speed-by-region',
    'percentiles',
    'percentiles-of-model',
    'hourly-trend',
    'hourly-trend-of-model',
    'daily-trend-of-model',
    'coverage',
  ],
  Reliability: ['uptime', 'uptime-by-day', 'error-rate', 'errors-last-week', 'errors-all-time'],
  'Cost and prices': [
    'cost-by-day',
    'cost-by-month',
    'cost-by-model',
    'projected-month',
    'spending',
    'charge-drift',
    'latest-prices',
    'latest-price-of-model',
    'prices-across-providers',
    'price-history',
    'price-changes',
    'price-conflicts',
  ],
  Runs: ['runs', 'run-gaps', 'run', 'results-of-run', 'compare-runs'],
  'Models and syncs': ['providers', 'models', 'models-of-provider', 'leaving-targets', 'sync-history'],
}

export interface Question {
  name: string
  title: string
  /** What it shows, what counts, what to edit. */
  about: string
  statement: string
}

/** Parses a file of supabase/queries: title, description and one statement. */
export function readQuestion(name: string, text: string): Question {
  const lines = text.trimEnd().split('\n')
  const end = lines.findIndex((line) => !line.startsWith('-- '))
  const [title = '', ...about] = lines.slice(0, end).map((line) => line.slice(3))
  return { name, title, about: about.join('\n'), statement: lines.slice(end).join('\n') }
}

/** The rows of a query as texts; null is an empty text. */
export interface Answer {
  columns: string[]
  rows: string[][]
}

/** A driver's rows as texts, the same for every driver. */
export function answerOf(rows: readonly Record<string, unknown>[]): Answer {
  return { columns: Object.keys(rows[0] ?? {}), rows: rows.map((row) => Object.values(row).map(cell)) }
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const mostRows = 6
const widest = 36

/** docs/sql.md: every query with its answer in the sample history. */
export function sqlPage(questions: ReadonlyMap<string, Question & { answer: Answer }>): string {
  const parts = Object.entries(sections).flatMap(([section, names]) => [
    `## ${section}`,
    ...names.map((name) => {
      const question = questions.get(name)
      if (question === undefined) throw new Error(`supabase/queries has no ${name}.sql`)
      const { title, about, statement, answer } = question
      return `### ${title}\n\n\`${name}\`: ${about}\n\n\`\`\`sql\n${statement}\n\`\`\`\n\n\`\`\`text\n${table(answer)}\n\`\`\``
    }),
  ])
  return `${intro}\n\n${parts.join('\n\n')}\n`
}

function table({ columns, rows }: Answer): string {
  const shown = rows.slice(0, mostRows)
  const isNumeric = (column: number) =>
    shown.some((row) => row[column] !== '') && shown.every((row) => /^-?[\d.]*$/.test(row[column] ?? ''))
  const text = formatTable(
    columns.map((title, column) => ({ title, align: isNumeric(column) ? 'right' : 'left' })),
    shown.map((row) => row.map((value) => shortened(value, widest))),
  )
  return rows.length > shown.length ? `${text}\n... ${rows.length - shown.length} more` : text
}

const intro = `# Questions in SQL

<!-- Made from supabase/queries by \`pnpm vitest run --project db test/db/queries.test.ts -u\`. Edit there. -->

Every question here is a file of [supabase/queries](../supabase/queries). Paste it into the SQL editor of Supabase, or give its name:

\`\`\`sh
pnpm tsx scripts/query.ts leaderboard-7d
\`\`\`

The first words of each say what counts and what to put in its place. The answers below are those of a made-up history, of which at
most ${mostRows} rows are shown; ids and long texts are cut. [schema.md](schema.md) has every table, view and column, [metrics.md](metrics.md) every
metric and kind of failure.

- Hours and days are UTC. Names end in their unit: \`_ms\`, \`_usd\`, \`_percent\`; \`tps\` is tokens per second, \`ttft\` the time to the first token.
- Only calls of one region and one series (prompt, limits and parameters) compare, so each answer keeps them apart or shows them.
- Questions about time read rollups, leaderboards a table that is made again when a run has finished: they stay quick with ten million results.`
