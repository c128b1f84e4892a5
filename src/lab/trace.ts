import { z } from 'zod'
import type { TraceAbout, TracedRequest } from '../core/work.ts'

/** A trace in order of time. */
export interface Trace {
  format: TraceFormat
  requests: TracedRequest[]
  /** Rows left out because the request had failed when it was recorded: it has no output length. */
  failed: number
}

/** Our JSONL, and what others publish. */
type TraceFormat = TraceAbout['format']

/**
 * Reads a trace, whose format its first line shows: JSONL with `t_ms` is ours, with `timestamp` Mooncake's; CSV with
 * `ContextTokens` is Azure's (2023 and 2024), with `Request tokens` BurstGPT's. A wrong line is a problem that names
 * it: a trace with holes would be another load.
 */
export function parseTrace(text: string): Trace | { problem: string } {
  const lines = text.split(/\r?\n/).map((content, index) => ({ content, number: index + 1 }))
  const [first, ...rest] = lines.filter(({ content }) => content.trim() !== '')
  if (first === undefined) return { problem: 'the trace is empty' }
  const start = first.content.replace(/^\uFEFF/, '')
  const reader = start.startsWith('{') ? jsonReader(start) : csvReader(start)
  if (reader === null)
    return {
      problem:
        'the first line is of no known trace: JSONL with t_ms (ours) or timestamp (Mooncake), CSV with ContextTokens (Azure) or Request tokens (BurstGPT)',
    }
  const rows = start.startsWith('{') ? [{ ...first, content: start }, ...rest] : rest
  return inOrder(reader, rows)
}

interface Reader {
  format: TraceFormat
  read: (line: string) => TracedRequest | 'failed' | { problem: string }
}

function inOrder({ format, read }: Reader, rows: readonly { content: string; number: number }[]) {
  const requests: TracedRequest[] = []
  let failed = 0
  for (const { content, number } of rows) {
    const row = read(content)
    if (row === 'failed') failed += 1
    else if ('problem' in row) return { problem: `line ${number}: ${row.problem}` }
    else requests.push(row)
  }
  if (requests.length === 0) return { problem: 'the trace has no request that could be sent' }
  const ordered = requests.toSorted((a, b) => a.at - b.at)
  const begin = ordered[0]?.at ?? 0
  return { format, requests: ordered.map((request) => ({ ...request, at: request.at - begin })), failed }
}

/** More tokens than these are of no request: it is a mistake in the line, or another column. */
const mostTokens = 1_000_000

const lengthFrom = (least: number) => {
  const range = `must be a whole number from ${least} to ${mostTokens}`
  return z.int(range).min(least, range).max(mostTokens, range)
}
const count = lengthFrom(0)
const outputCount = lengthFrom(1)
const aTime = 'must be a time in ms, of 0 or more'
const momentMs = z.number(aTime).nonnegative(aTime)
const areNames = 'must be a list of names of at most 100 characters, or of numbers'
const blocks = z
  .array(z.union([z.string().max(100), z.number()], areNames), areNames)
  .default([])
  .transform((ids) => ids.map(String))

const ours = z.object({
  t_ms: momentMs,
  input_tokens: count,
  output_tokens: outputCount,
  hash_ids: blocks,
})
const mooncake = z.object({
  timestamp: momentMs,
  input_length: count,
  output_length: outputCount,
  hash_ids: blocks,
})

function jsonReader(first: string): Reader | null {
  const keys = parsedJson(first)
  if (typeof keys !== 'object' || keys === null) return null
  const checked =
    <Row>(schema: z.ZodType<Row>, toRequest: (row: Row) => TracedRequest) =>
    (line: string) => {
      const parsed = schema.safeParse(parsedJson(line))
      return parsed.success ? toRequest(parsed.data) : { problem: firstProblem(parsed.error) }
    }
  if ('t_ms' in keys)
    return {
      format: 'firsttoken',
      read: checked(ours, (row) => ({
        at: row.t_ms,
        inputTokens: row.input_tokens,
        outputTokens: row.output_tokens,
        blocks: row.hash_ids,
      })),
    }
  if ('timestamp' in keys)
    return {
      format: 'mooncake',
      read: checked(mooncake, (row) => ({
        at: row.timestamp,
        inputTokens: row.input_length,
        outputTokens: row.output_length,
        blocks: row.hash_ids,
      })),
    }
  return null
}

/** What is wrong with a line, and if it is a line of JSON at all, with which field. */
function firstProblem({ issues: [issue] }: z.ZodError): string {
  const [field] = issue?.path ?? []
  return field === undefined ? 'it is no object of JSON' : `${String(field)} ${issue?.message}`
}

function parsedJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

/** The columns of a format that are read: when, and how many tokens came and went. */
interface CsvFormat {
  format: TraceFormat
  at: string
  input: string
  output: string
  /** In ms; null if it cannot be read. */
  toMs: (text: string) => number | null
}

const csvFormats: CsvFormat[] = [
  { format: 'azure', at: 'TIMESTAMP', input: 'ContextTokens', output: 'GeneratedTokens', toMs: instant },
  { format: 'burstgpt', at: 'Timestamp', input: 'Request tokens', output: 'Response tokens', toMs: seconds },
]

function csvReader(header: string): Reader | null {
  const names = header.split(',').map((name) => name.trim())
  const found = csvFormats.find(({ at, input, output }) =>
    [at, input, output].every((name) => names.includes(name)),
  )
  if (found === undefined) return null
  const { format, toMs } = found
  const [at, input, output] = [found.at, found.input, found.output].map((name) => names.indexOf(name))
  return {
    format,
    read: (line) => {
      // None of the columns that are read holds a comma, and none of these formats quotes.
      const cells = line.split(',').map((cell) => cell.trim())
      const cell = (index: number | undefined) => cells[index ?? -1] ?? ''
      const when = toMs(cell(at))
      if (when === null) return { problem: `${found.at} is '${cell(at)}', which is no time` }
      const [inputTokens, outputTokens] = [whole(cell(input)), whole(cell(output))]
      if (inputTokens === null || outputTokens === null)
        return { problem: `${found.input} and ${found.output} must be whole numbers up to ${mostTokens}` }
      return outputTokens === 0 ? 'failed' : { at: when, inputTokens, outputTokens, blocks: [] }
    },
  }
}

/** `2023-11-16 18:15:46.6805900`, seven digits, with or without a zone; without one it is UTC. */
function instant(text: string): number | null {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?$/.exec(text)
  if (match === null) return null
  const [, day, time, fraction = '', zone = 'Z'] = match
  const whole = Date.parse(`${day}T${time}${zone}`)
  return Number.isNaN(whole) ? null : whole + Number(`0.${fraction || 0}`) * 1000
}

function seconds(text: string): number | null {
  return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : null
}

const whole = (text: string): number | null =>
  /^\d+(?:\.0+)?$/.test(text) && Number(text) <= mostTokens ? Number(text) : null

/** When the requests of a trace are due, in ms after its first, if it is sent `speed` times faster than it was recorded. */
export const tracedDueTimes = (requests: readonly Pick<TracedRequest, 'at'>[], speed: number): number[] =>
  requests.map(({ at }) => at / speed)

/** The most of some times that lie within any second; they are in ms, and in order. */
export function peakRate(times: readonly number[]): number {
  let first = 0
  return times.reduce((peak, at, index) => {
    while (at - (times[first] ?? at) >= 1000) first += 1
    return Math.max(peak, index - first + 1)
  }, 0)
}
