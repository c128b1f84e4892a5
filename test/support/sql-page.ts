import { formatTable, shortened } from '../../src/report/format.ts'

/** Every ready-made query, in the order of the page. */
export const sections: Record<string, readonly string[]> = {
  Now: ['latest-results', 'target-health', 'open-incidents', 'latest-errors', 'results'],
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
  Reliability: [
    'uptime',
    'uptime-by-day',
    'objectives',
    'error-rate',
    'errors-last-week',
    'errors-all-time',
    'incident-history',
    'who-said-first',
  ],
  Traffic: ['proxy-traffic-by-model', 'proxy-ttft-by-input-size', 'probe-against-traffic'],
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
  Runs: ['runs', 'run-gaps', 'run', 'results-of-run', 'compare-runs', 'fleet'],
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

Every query here is a file in [supabase/queries](../supabase/queries). Paste it into the Supabase SQL editor,
or run it by name:

\`\`\`sh
pnpm tsx scripts/query.ts leaderboard-7d
\`\`\`

The comment of each query says what it counts and what to edit. The answers come from a made-up history; at
most ${mostRows} rows are shown, and ids and long texts are truncated. [schema.md](schema.md) lists every table, view
and column, and [metrics.md](metrics.md) every metric and error kind.

- Hours and days are UTC. Names end in their unit: \`_ms\`, \`_usd\`, \`_percent\`; \`tps\` is tokens per
  second, \`ttft\` the time to the first token.
- Only calls of one region and one series (prompt, limits and parameters) are comparable, so each answer
  separates or shows them.
- Trends read rollups, and leaderboards a table that the scheduler, or \`pnpm tsx scripts/refresh-leaderboards.ts\`,
  rebuilds once an hour: both stay fast with ten million results.`
