import type { MetricComparison } from '../lab/compare-levels.ts'
import { metrics } from '../lab/thresholds.ts'
import type { ComparedPair, SweepComparison } from './compare-sweeps.ts'
import {
  comparisonNotes,
  headline,
  legend,
  levelText,
  metricCells,
  metricTitles,
  pairingText,
  runText,
} from './comparison-words.ts'
import { html, Markup } from './html.ts'
import { pageTokens } from './page-tokens.ts'

/** A comparison as one page that needs no network and no script: light or dark as the reader's system is. */
export function comparisonPage(comparison: SweepComparison): string {
  const { before, after, levels, verdict } = comparison
  const notes = comparisonNotes(comparison)
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${headline(comparison)} - two sweeps compared</title>
        <style>
          ${new Markup(style)}
        </style>
      </head>
      <body>
        <main>
          <p class="of">firsttoken: two sweeps compared</p>
          <h1 class="${verdict}">${headline(comparison)}</h1>
          <dl>
            <dt>Before</dt>
            <dd>${runText(before)}</dd>
            <dt>After</dt>
            <dd>${runText(after)}</dd>
          </dl>
          ${
            notes.length === 0
              ? null
              : html`<ul class="notes">
                  ${notes.map((note) => html`<li>${note}</li>`)}
                </ul>`
          }
          ${levels.map(levelSection)}
          <h2>How to read this</h2>
          <ul>
            ${legend(comparison).map((line) => html`<li>${line}</li>`)}
            <li>
              The bar is the change with 95 % confidence, to the right if it is for the worse; the line is
              what is allowed.
            </li>
          </ul>
        </main>
      </body>
    </html> `
  return page.text
}

/** The verdict comes first, which a phone shows without scrolling. */
const inOrder = <Cell>(cells: readonly Cell[]): { name: Cell; verdict: Cell; rest: Cell[] } => ({
  name: cells[0] as Cell,
  verdict: cells.at(-1) as Cell,
  rest: [...cells.slice(4, -1), ...cells.slice(2, 4), ...cells.slice(1, 2)],
})

const titles = inOrder(metricTitles)

const levelSection = (pair: ComparedPair): Markup =>
  html` <section>
    <h2>${levelText(pair.level)}</h2>
    <p>${pairingText(pair)}</p>
    <div class="scroll" tabindex="0" role="region" aria-label="${levelText(pair.level)}">
      <table>
        <thead>
          <tr>
            <th scope="col">${titles.name}</th>
            <th scope="col">${titles.verdict}</th>
            <td></td>
            ${titles.rest.map((title) => html`<th scope="col">${title}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${pair.metrics.map(metricRow)}
        </tbody>
      </table>
    </div>
  </section>`

function metricRow(row: MetricComparison): Markup {
  const { name, verdict, rest } = inOrder(metricCells(row))
  const tone = row.gates ? row.verdict : 'shown'
  return html` <tr>
    <th scope="row">${name}</th>
    <td class="verdict ${tone}">${verdict}</td>
    <td>${bar(row)}</td>
    ${rest.map((cell) => html`<td>${cell}</td>`)}
  </tr>`
}

const width = 120
const height = 16

/** Of a bar around no change, in what is allowed: the line of that is at the same place in each. */
const reach = 3
/** The scale where nothing is allowed. */
const leastAllowed = 0.01

/** An interval of worsening as a bar, cut off at its ends. */
function bar({ metric, change, over, verdict, gates }: MetricComparison): Markup | null {
  if (change === null) return null
  const sign = metrics[metric].better === 'lower' ? 1 : -1
  const x = (worsening: number): number => {
    const place = (width / 2) * (1 + worsening / (reach * Math.max(over, leastAllowed)))
    return Math.min(width - 2, Math.max(0, place))
  }
  const ends = [x(sign * change.low), x(sign * change.high)]
  const [left, right] = [Math.min(...ends), Math.max(...ends)]
  return html`<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" aria-hidden="true">
    <line class="axis" x1="${width / 2}" x2="${width / 2}" y1="0" y2="${height}" />
    <line class="limit" x1="${fixed(x(over))}" x2="${fixed(x(over))}" y1="0" y2="${height}" />
    <rect
      class="${gates ? verdict : 'shown'}"
      x="${fixed(left)}"
      y="5"
      width="${fixed(right - left + 2)}"
      height="6"
      rx="2"
    />
  </svg>`
}

const fixed = (value: number): string => value.toFixed(1)

const style = `
:root { color-scheme: light dark;${pageTokens} }
*, *::before, *::after { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--text); font: 400 14px/20px var(--font);
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 24px 48px; }
.of, dt, section > p, ul { color: var(--dim); }
h1 { font: 600 20px/28px var(--font); margin: 4px 0 16px; }
h2 { font: 600 16px/24px var(--font); margin: 32px 0 0; }
p, dl, dd { margin: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 12px; }
ul { padding-left: 16px; margin: 12px 0 0; }
.notes { list-style: none; padding: 8px 12px; border-radius: 4px; color: var(--failing); background: var(--failing-tint); }
.scroll { overflow-x: auto; margin-top: 12px; border: 1px solid var(--border); border-radius: 8px; }
.scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; white-space: nowrap; }
th, td { padding: 8px 12px; text-align: right; font-weight: 400; }
thead th { color: var(--dim); font-size: 12px; background: var(--surface); }
thead td { background: var(--surface); }
tbody tr { border-top: 1px solid var(--border); }
th:first-child, thead th:nth-child(2), td.verdict { text-align: left; }
tbody th { font-weight: 600; }
h1.worse, td.worse { color: var(--down); }
h1.not_worse, td.not_worse { color: var(--up); }
h1.unknown, td.unknown { color: var(--failing); }
td.shown { color: var(--dim); }
svg { display: block; }
.axis { stroke: var(--border); }
.limit { stroke: var(--control); stroke-dasharray: 2 2; }
rect.worse { fill: var(--down); }
rect.not_worse { fill: var(--up); }
rect.unknown { fill: var(--failing); }
rect.shown { fill: var(--control); }
@media (max-width: 639px) { main { padding: 16px 12px 32px; } }
@media print { :root { color-scheme: light; } .scroll { overflow: visible; } section { break-inside: avoid; } }
`
