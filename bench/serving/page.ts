import { readFileSync } from 'node:fs'
import type { Goal } from '../goals.ts'

type Table = readonly Record<string, unknown>[]

/** What a page shows. */
export interface Bench {
  name: string
  /** How it was measured, a sentence each. */
  notes: readonly string[]
  figures: Table
  goals: readonly Goal[]
}

const style = `
body { margin: 0; padding: var(--s5) var(--edge) var(--s7); background: var(--bg); color: var(--text); font: var(--type-body); }
h1 { font: var(--type-title); margin: 0 0 var(--s3); }
h2 { font: var(--type-section); margin: var(--s6) 0 var(--s2); }
p, li { color: var(--dim); max-width: 80ch; }
ul { margin: 0; padding-left: var(--s4); }
.wide { overflow-x: auto; border: 1px solid var(--border); border-radius: var(--radius-panel); background: var(--surface); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: var(--s2) var(--s3); text-align: left; white-space: nowrap; border-top: 1px solid var(--border); }
thead th { font: var(--type-label); color: var(--mute); border-top: 0; white-space: normal; vertical-align: bottom; }
tbody th { font-weight: 400; white-space: normal; overflow-wrap: anywhere; min-width: 16ch; }
.number { text-align: right; }
.missed { color: var(--down); font-weight: 600; }
@media print { :root { color-scheme: light; } .wide { overflow: visible; } th, td { padding: var(--s1) var(--s2); white-space: normal; } }
`

const escaped = (value: unknown): string =>
  String(value)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

const isNumber = (value: unknown): boolean => typeof value === 'number' || value === '-'

/** A table with a column for every name that a row has. */
function table(rows: Table, caption: string): string {
  const columns = [...new Set(rows.flatMap(Object.keys))]
  const numeric = new Set(columns.filter((column) => rows.every((row) => isNumber(row[column] ?? '-'))))
  const classOf = (column: string, isMissed: boolean) => {
    const names = [...(numeric.has(column) ? ['number'] : []), ...(isMissed ? ['missed'] : [])]
    return names.length === 0 ? '' : ` class="${names.join(' ')}"`
  }
  const head = columns
    .map((column) => `<th scope="col"${classOf(column, false)}>${escaped(column)}</th>`)
    .join('')
  const body = rows.map((row) => {
    const cells = columns.map((column, index) => {
      const [open, close] = index === 0 ? ['th scope="row"', 'th'] : ['td', 'td']
      const isMissed = row['holds'] === 'no' && column === 'measured'
      return `<${open}${classOf(column, isMissed)}>${escaped(row[column] ?? '-')}</${close}>`
    })
    return `<tr>${cells.join('')}</tr>`
  })
  return `<h2>${escaped(caption)}</h2>
<div class="wide" tabindex="0" role="region" aria-label="${escaped(caption)}"><table><thead><tr>${head}</tr></thead><tbody>
${body.join('\n')}
</tbody></table></div>`
}

/** One page that needs nothing else: no script, no network. */
export function page({ name, notes, figures, goals }: Bench): string {
  const tokens = readFileSync(new URL('../../web/styles/tokens.css', import.meta.url), 'utf8')
  const shown = goals.map(({ name: goal, limit, measured, holds }) => ({
    goal,
    limit,
    measured,
    holds: holds ? 'yes' : 'no',
  }))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(name)}</title>
<style>
${tokens}${style}</style>
</head>
<body>
<main>
<h1>${escaped(name)}</h1>
<ul>${notes.map((note) => `<li>${escaped(note)}</li>`).join('')}</ul>
${table(figures, 'Measured')}
${shown.length === 0 ? '' : table(shown, 'Goals')}
</main>
</body>
</html>
`
}
