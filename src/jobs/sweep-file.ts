import { z } from 'zod'
import { asObject, parseJson, toJsonText } from '../core/json.ts'
import { errorKinds, type ErrorKind } from '../core/outcome.ts'
import type { SweepContext, SweepRow, SweptLevel } from '../report/describe-sweep.ts'
import { toLevelRow } from '../report/sweep-document.ts'
import { level, toLevelInput, work } from '../store/plan-codec.ts'
import { run, toRunRow } from '../store/run-codec.ts'
import type { RecordedSweep } from './read-sweep.ts'

// A sweep as a file of JSON: its report as `--json` has it, and every request, so that all of it can be worked out again.

const format = 'firsttoken-sweep'
const version = 1

/** What is said of a sweep besides its requests. */
export interface Described {
  levels: readonly SweptLevel[]
  objectives: SweepContext['objectives']
}

/** The text of a sweep's file: one request a line, in the order of `recorded.rows`. */
export function sweepFileText(recorded: RecordedSweep, { levels, objectives }: Described): string {
  const { cpuShares } = recorded
  const head = {
    format,
    version,
    run: recorded.run,
    objectives,
    levels: levels.map(toLevelRow),
    settings: { ...recorded.settings, levels: recorded.levels.map(toLevelInput) },
    cpu_shares: recorded.levels.map((_, place) => cpuShares?.get(place) ?? null),
  }
  const fields = Object.entries(head).map(([name, value]) => `"${name}": ${toJsonText(value)}`)
  const rows = recorded.rows.map((row) => toJsonText(columns.map((name) => row[name])))
  const requests = `{"columns": ${toJsonText(columns)}, "rows": [\n${rows.join(',\n')}\n]}`
  return `{\n${[...fields, `"requests": ${requests}`].join(',\n')}\n}\n`
}

const number = z.number().nullable()
const moment = z.iso.datetime({ offset: true })

/** A request in a file. What a later version adds has a default, so that files of earlier ones can be read. */
const request = z.object({
  level: z.int().nullable(),
  iteration: z.int(),
  series: z.string(),
  warmup: z.boolean(),
  scheduled_at: moment.nullable(),
  late_ms: number,
  started_at: moment,
  queue_ms: number,
  connect_ms: number,
  success: z.boolean(),
  error_kind: z.enum(Object.keys(errorKinds) as ErrorKind[]).nullable(),
  ttft_ms: number,
  ttfa_ms: number,
  tpot_ms: number,
  itl_p95_ms: number,
  total_latency_ms: z.number(),
  input_tokens: number,
  output_tokens: number,
  cost_usd: number,
  timing_quality: z.enum(['ok', 'degraded', 'untrusted']),
  lag_p99_ms: number.default(null),
  context_tokens: number.default(null),
  context_tokens_counted: number.default(null),
  cached_tokens: number.default(null),
  parameters: z.record(z.string(), z.json()).default({}),
  prompt_hash: z.string().default(''),
  region: z.string().exactOptional(),
  itl_p50_ms: z.number().exactOptional(),
  error_message: z.string().exactOptional(),
  worker: z.string().exactOptional(),
}) satisfies z.ZodType<SweepRow>

const columns = Object.keys(request.shape) as (keyof SweepRow)[]

/** What a request may lack: without a value it is left out. */
const mayLack = new Set(['region', 'itl_p50_ms', 'error_message', 'worker'])

/** Rows without names become requests. */
const requests = z
  .object({ columns: z.array(z.string()), rows: z.array(z.array(z.json())) })
  .transform(({ columns: names, rows }) =>
    rows.map((row) =>
      Object.fromEntries(
        names
          .map((name, index) => [name, row[index]] as const)
          .filter(([name, value]) => value !== null || !mayLack.has(name)),
      ),
    ),
  )
  .pipe(z.array(request))

const file = z.object({
  run: run.transform(toRunRow),
  settings: z.looseObject({ levels: z.array(level) }),
  cpu_shares: z.array(number).default([]),
  requests,
})

/**
 * Reads a sweep from the text of its file. A problem says what the text is instead, as the rest of a sentence that
 * begins with the file's name.
 */
export function parseSweepFile(text: string): RecordedSweep | { problem: string } {
  const problem = whatElse(text)
  if (problem !== null) return { problem }
  const document = asObject(parseJson(withoutMark(text)))
  const parsed = file.safeParse(document)
  if (!parsed.success)
    return { problem: `is a sweep with wrong contents: ${firstIssue(parsed.error)}; write it again` }
  const { settings, cpu_shares: shares, requests: rows } = parsed.data
  return {
    run: parsed.data.run,
    // As they are written: what reads them knows their spelling.
    settings: asObject(document?.['settings']) ?? {},
    work: work.safeParse(settings['work']).data ?? null,
    levels: settings.levels,
    rows,
    cpuShares: new Map(shares.flatMap((share, place) => (share === null ? [] : [[place, share]]))),
  }
}

/** Editors and shells of Windows begin a file with a byte order mark. */
const withoutMark = (text: string): string => text.replace(/^\uFEFF/, '').trim()

/** What a text is if it is no file of a sweep that this version reads, and what to do; null if it is one. */
function whatElse(text: string): string | null {
  const json = withoutMark(text)
  if (json === '') return `is empty: ${howToWrite}`
  const value = parseJson(json)
  if (value === null)
    return json.startsWith('{') && json.includes(`"${format}"`)
      ? 'is the file of a sweep that is cut off or damaged: copy or write it again'
      : `is no JSON: ${howToWrite}`
  const document = asObject(value)
  if (document?.['format'] !== format)
    return document !== null && 'run' in document && 'levels' in document
      ? `is the report of a sweep without its requests: ${howToWrite}, or name the run by its id`
      : `is JSON, and no file of a sweep: ${howToWrite}`
  return document['version'] === version
    ? null
    : `is the file of a sweep of version ${toJsonText(document['version'])}, and version ${version} is read: ` +
        'write it again by this version, or compare with the one that wrote it'
}

const howToWrite = 'write the file of a sweep by sweep.ts with --out FILE'

const firstIssue = ({ issues: [issue] }: z.ZodError): string =>
  issue === undefined ? 'unknown' : `${issue.path.join('.')}: ${issue.message}`
