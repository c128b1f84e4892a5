import type { JsonObject } from '../core/json.ts'
import type { ErrorKind } from '../core/outcome.ts'
import type { Frame } from './chunks.ts'
import type { AnswerForm } from './delta.ts'
import type { AnswerTiming } from './script.ts'

/** A way to fail. Whatever is absent behaves normally. */
export interface Fault {
  /** The kind a probe must report; null if the answer is still good. */
  expected: ErrorKind | null
  /** Sent instead of a stream. */
  reply?: { status: number; headers?: Record<string, string>; body: JsonObject | string }
  /** How far the stream gets: nothing at all, everything before the first token, or half. */
  until?: 'nothing' | 'opening' | 'half'
  /** Sent after that. */
  insert?: string
  /** Whether the last event lacks its blank line. */
  unended?: true
  /** The form of the answer, if not text. */
  form?: AnswerForm
  /** Events left out. */
  without?: readonly Frame['kind'][]
  /** How the connection then ends; `open` keeps it open forever. */
  ending?: 'fin' | 'reset' | 'open'
  /** The finish reason, instead of the script's. */
  finish?: string
  /** Changes to the timing of the answer. */
  timing?: Partial<AnswerTiming>
  /** Whether it is compressed although the client asked for identity; it is sent in one piece at the end. */
  gzip?: true
}

/** The events that remain with a fault, and what it adds. */
export function spoil(frames: readonly Frame[], fault: Fault): Frame[] {
  const kept = frames.filter(({ kind }) => !fault.without?.includes(kind))
  const tokens = kept.filter(({ kind }) => kind === 'token')
  const limits = { nothing: kept[0], opening: tokens[0], half: tokens[Math.ceil(tokens.length / 2)] }
  const limit = fault.until === undefined ? undefined : limits[fault.until]
  const through = limit ? kept.slice(0, kept.indexOf(limit)) : kept
  const last = through.at(-1)
  if (fault.unended && last) return [...through.slice(0, -1), { ...last, text: last.text.trimEnd() }]
  if (fault.insert === undefined) return through
  return [...through, { atMs: last?.atMs ?? 0, kind: 'token', text: fault.insert }]
}
