import { resolve } from 'node:path'
import { z } from 'zod'
import { toJsonText } from '../core/json.ts'
import type { App } from '../jobs/app.ts'
import type { LevelQuestion } from '../lab/compare-levels.ts'
import { type Objectives, parseObjectives } from '../lab/goodput.ts'
import { parseThresholds, usualThresholds } from '../lab/thresholds.ts'
import { compareSweeps, type SweepComparison } from '../report/compare-sweeps.ts'
import { comparisonDocument, comparisonMarkdown, comparisonText } from '../report/comparison.ts'
import { comparisonPage } from '../report/comparison-html.ts'
import { painter } from '../report/console.ts'
import { defineCommand } from './command.ts'
import { unwritableFiles, writeWhole } from './document.ts'
import { exitCode } from './exit-code.ts'
import type { CommandFailure } from './failure.ts'
import { fileOr, text, words, yes } from './flags.ts'
import { readSweeps } from './read-sweeps.ts'
import type { Streams } from './streams.ts'

const help = `Compare two sweeps and say whether the second is worse than the first.

Usage: pnpm tsx scripts/compare.ts RUN_A RUN_B [options]

RUN_A is the one before, RUN_B the one after: the id of a recorded run, or the file of a sweep.

  --fail-over LIST      how much worse a metric may become, such as ttft_p50=10%,rps=5%; repeat, or separate
                        several with commas. Those named decide, and errors always does; without, all do
  --strict              exit with 1 too if it cannot be said of a metric that decides
  --slo LIST            what a good request keeps, such as ttft=500ms,tpot=30ms: goodput is compared too
  --markdown [FILE]     as Markdown, for a pull request, into this file beside the text, else on stdout instead
  --html FILE           also as one page that needs no network, into this file
  --json                one JSON document on stdout, nothing else
  --help                this text

Metrics: ttft_p50, ttft_p95, ttft_p99, tpot_p50, latency_p50, latency_p95, latency_p99, rps, tps: 5 % unless
--fail-over says otherwise; errors: 1 percentage point, and with --slo goodput: 5. A p99 of fewer than 1,000
requests is shown and never decides.

Requests of the same seeded arrivals are compared in pairs, others by blocks, with 95 % confidence. A metric is
worse if its whole interval lies beyond what is allowed, not worse if it lies within, and else it cannot be said.
Sweeps of other series, seeds or levels, synthetic with real ones, and levels that the sending machine limited are
refused. docs/ci.md has an example for GitHub Actions.

Exit codes: 0 not worse, or it cannot be said; 1 worse, with --strict also if it cannot be said; 2 bad usage, or the
runs cannot be compared; 3 the database is unreachable.
`

/** Where Markdown goes without a file. */
const onStdout = '-'

const thresholds = z
  .array(z.string())
  .default([])
  .transform((given, context) => {
    if (given.length === 0) return usualThresholds
    const parsed = parseThresholds(given.join(','))
    if ('thresholds' in parsed) return parsed.thresholds
    context.addIssue({ code: 'custom', message: `cannot be read: ${parsed.problem}` })
    return z.NEVER
  })

const objectives = text.transform((given, context): Objectives => {
  if (given === null) return {}
  const parsed = parseObjectives(given)
  if ('objectives' in parsed) return parsed.objectives
  context.addIssue({ code: 'custom', message: `cannot be read: ${parsed.problem}` })
  return z.NEVER
})

const schema = z
  .object({
    words,
    failOver: thresholds,
    strict: yes,
    slo: objectives,
    markdown: fileOr(onStdout),
    html: text,
    json: yes,
  })
  .superRefine(({ words: runs, failOver, slo, markdown, json }, context) => {
    const problem =
      runs.length !== 2
        ? 'name two runs: the one before and the one after, each by its id or file'
        : failOver !== usualThresholds && failOver.gates.includes('goodput') && Object.keys(slo).length === 0
          ? '--fail-over goodput needs --slo, which says what is good'
          : json && markdown === onStdout
            ? '--json and --markdown without a file exclude each other: both write to stdout'
            : null
    if (problem !== null) context.addIssue(problem)
  })
type Flags = z.output<typeof schema>

/** `compare`: says whether a sweep is worse than the one before. */
export const compare = defineCommand({
  name: 'compare',
  help,
  flags: schema,
  needs: 'app',
  run: async (flags, { app, streams }) => compareRuns(flags, app, streams),
})

async function compareRuns(flags: Flags, app: App, streams: Streams): Promise<number | CommandFailure> {
  const files = filesOf(flags)
  const why = replacedRun(flags.words, files) ?? unwritableFiles(files)
  if (why !== null) return { problem: why }
  const read = await readSweeps(flags.words, app.store.open)
  if ('problem' in read) return read
  const [before, after] = read.sweeps
  const question: LevelQuestion = { thresholds: flags.failOver, objectives: flags.slo }
  const comparison = compareSweeps(before, after, question)
  if ('problem' in comparison) return { problem: `these runs cannot be compared: ${comparison.problem}` }
  for (const { path, textOf } of files) {
    const problem = writeWhole(path, textOf(comparison))
    if (problem !== null) return { problem: `${path} could not be written: ${problem}` }
  }
  print(comparison, flags, streams)
  return exitCodeOf(comparison, flags)
}

/** The files that are asked for. */
const filesOf = ({ html, markdown }: Flags) => [
  ...(html === null ? [] : [{ flag: '--html', path: html, textOf: comparisonPage }]),
  ...(markdown === null || markdown === onStdout
    ? []
    : [{ flag: '--markdown', path: markdown, textOf: comparisonMarkdown }]),
]

/** Why a file would take the place of one that is compared, or null. */
function replacedRun(runs: readonly string[], files: ReturnType<typeof filesOf>): string | null {
  const replacing = files.find(({ path }) => runs.some((run) => resolve(run) === resolve(path)))
  return replacing === undefined
    ? null
    : `${replacing.flag} would replace ${replacing.path}, which is compared: name another file`
}

const exitCodeOf = ({ verdict }: SweepComparison, { strict }: Flags): number =>
  verdict === 'worse' || (strict && verdict === 'unknown') ? exitCode.worse : exitCode.ok

function print(comparison: SweepComparison, { json, markdown }: Flags, { stdout }: Streams): void {
  if (json) stdout.write(`${toJsonText(comparisonDocument(comparison), 2)}\n`)
  else if (markdown === onStdout) stdout.write(comparisonMarkdown(comparison))
  else stdout.write(`${comparisonText(comparison, painter(stdout.isTTY && stdout.hasColors()))}\n`)
}
