import type { Verdict } from '../lab/compare-samples.ts'
import type { SweepComparison } from './compare-sweeps.ts'
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
import type { Paint } from './console.ts'
import { type Column, formatTable } from './format.ts'
import { snakeKeys } from './sweep-document.ts'

const columns = metricTitles.map((title, place): Column => ({
  title: title.toUpperCase(),
  align: place === 0 || place === metricTitles.length - 1 ? 'left' : 'right',
}))

const colors = { worse: 'red', not_worse: 'green', unknown: 'yellow' } as const satisfies Record<
  Verdict,
  string
>

/** A comparison as text for a terminal: a table a level. */
export function comparisonText(comparison: SweepComparison, paint: Paint): string {
  const { before, after, levels, verdict } = comparison
  const tables = levels.map((pair) => {
    const table = formatTable(columns, pair.metrics.map(metricCells), (cell, { row, column }) => {
      if (row < 0) return paint('dim', cell)
      const found = pair.metrics[row]
      const isVerdict = column === columns.length - 1
      return isVerdict && found?.gates === true ? paint(colors[found.verdict], cell) : cell
    })
    return `${paint('bold', levelText(pair.level))}: ${pairingText(pair)}\n${table}`
  })
  const notes = comparisonNotes(comparison).map((note) => paint('yellow', `! ${note}`))
  return [
    `before  ${runText(before)}\nafter   ${runText(after)}`,
    ...tables,
    [...notes, ...legend(comparison)].join('\n'),
    paint(colors[verdict], headline(comparison)),
  ].join('\n\n')
}

/** A comparison as a JSON document, with the database's way of names. */
export const comparisonDocument = (comparison: SweepComparison): Record<string, unknown> => {
  const { question, ...rest } = comparison
  return {
    ...(snakeKeys(rest) as Record<string, unknown>),
    objectives: question.objectives,
    headline: headline(comparison),
    notes: comparisonNotes(comparison),
  }
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** A comparison as Markdown, for a comment on a pull request. */
export function comparisonMarkdown(comparison: SweepComparison): string {
  const { before, after, levels } = comparison
  const rule = metricTitles.map((_, place) => (columns[place]?.align === 'left' ? '---' : '---:'))
  const tables = levels.map((pair) => {
    const rows = pair.metrics.map((row) => {
      const cells = metricCells(row)
      const last = cells.length - 1
      return row.gates && row.verdict === 'worse' ? cells.with(last, `**${cells[last]}**`) : cells
    })
    const table = [line(metricTitles), line(rule), ...rows.map(line)]
    return `#### ${markdownText(levelText(pair.level))}\n\n${pairingText(pair)}\n\n${table.join('\n')}`
  })
  const lines = [
    ...comparisonNotes(comparison).map((note) => `**Note:** ${markdownText(note)}`),
    ...legend(comparison),
  ]
  return `${[
    `### ${markdownText(headline(comparison))}`,
    `Before: ${markdownText(runText(before))}  \nAfter: ${markdownText(runText(after))}`,
    ...tables,
    lines.join('  \n'),
  ].join('\n\n')}\n`
}

/** Text that Markdown shows as it is: the name of a model must make no link, heading or markup. */
const markdownText = (text: string): string =>
  text.replaceAll(/[\\`*{}[\]<>|#~&]|(?<!\w)_|_(?!\w)/g, (sign) => `\\${sign}`)
