import { dirname, join } from 'node:path'
import { messageOf } from '../core/error.ts'
import type { RecordedSweep } from '../jobs/read-sweep.ts'
import { sweepFileText } from '../jobs/sweep-file.ts'
import type { Objectives } from '../lab/goodput.ts'
import type { SweptLevel } from '../report/describe-sweep.ts'
import { searchNotes, type SearchOutcome } from '../report/search.ts'
import { sweepHtml } from '../report/sweep-html.ts'
import { sweepMarkdown } from '../report/sweep-markdown.ts'
import { makeFolder } from '../store/make-folder.ts'
import { unwritableFiles, writeWhole } from './document.ts'
import type { SweepFlags } from './sweep-flags.ts'
import { toStdout } from './sweep-rules.ts'

/** The files that a sweep is written to; null for none. */
export interface SweepFiles {
  html: string | null
  json: string | null
  markdown: string | null
}

/** No file at all. */
export const noFiles: SweepFiles = { html: null, json: null, markdown: null }

/** The files that flags name. A page that is named by `--out` is one, as `--html --out=report.html`. */
export function namedFiles({
  html,
  out,
  markdown,
}: Pick<SweepFlags, 'html' | 'out' | 'markdown'>): SweepFiles {
  const isPage = html !== null && out !== null && /\.html?$/i.test(out)
  return {
    html: isPage ? out : html,
    json: isPage ? null : out,
    markdown: markdown === toStdout ? null : markdown,
  }
}

/** Why one of the files could not be written, or null: asked before a sweep that would have nowhere to go. */
export const unwritableFile = (files: SweepFiles): string | null =>
  unwritableFiles(
    Object.entries(files).flatMap(([kind, path]: [string, string | null]) =>
      path === null ? [] : [{ flag: flagOf(kind), path }],
    ),
  )

const flagOf = (kind: string): string => (kind === 'json' ? '--out' : `--${kind}`)

/** Where a sweep leaves its files if nobody names others: `results/sweep-20261129T131502Z-1a2b3c4d`. */
export function usualFiles({ run }: Pick<RecordedSweep, 'run'>): SweepFiles {
  const time = run.started_at.replaceAll(/[-:]|\.\d+/g, '')
  const name = join('results', `sweep-${time}-${run.id.slice(-8)}`)
  return { html: `${name}.html`, json: `${name}.json`, markdown: null }
}

/** What a sweep is written with. */
interface Written {
  levels: readonly SweptLevel[]
  objectives: Objectives
  found: readonly SearchOutcome[]
  /** Where it is recorded; null if nowhere. */
  store: string | null
}

/** Writes the files of a sweep: those that are written, and why others are not. */
export async function writeSweepFiles(
  recorded: RecordedSweep,
  files: SweepFiles,
  { levels, objectives, found, store }: Written,
): Promise<{ written: string[]; problems: string[] }> {
  const texts: [file: string | null, text: () => string | Promise<string>][] = [
    [files.html, () => sweepHtml(recorded, levels, { objectives, store, found: searchNotes(found) })],
    [files.json, () => sweepFileText(recorded, { levels, objectives })],
    [files.markdown, () => sweepMarkdown(levels, markdownOf(recorded.run, { objectives, found }))],
  ]
  const written: string[] = []
  const problems: string[] = []
  for (const [file, text] of texts) {
    if (file === null) continue
    const problem = write(file, await text())
    if (problem === null) written.push(file)
    else problems.push(`${file} could not be written: ${problem}`)
  }
  return { written, problems }
}

/** What Markdown says of a sweep beside its levels. */
export const markdownOf = (
  run: RecordedSweep['run'] | null,
  { objectives, found }: Pick<Written, 'objectives' | 'found'>,
) => ({
  run: run?.id ?? null,
  synthetic: run?.synthetic ?? false,
  judged: Object.keys(objectives).length > 0,
  found: searchNotes(found),
})

function write(file: string, text: string): string | null {
  try {
    makeFolder(dirname(file))
    return writeWhole(file, text)
  } catch (error) {
    return messageOf(error)
  }
}
