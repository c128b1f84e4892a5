import type { Answer } from '../../api/client.ts'
import { duration } from '../../format/numbers.ts'
import { plural } from '../../format/words.ts'
import { median, type PhaseName, phasesOf } from '../../ui/phases.ts'

export type InFull = Answer<'GET /api/v1/results/{id}'>
export type Timeline = NonNullable<InFull['timeline']>
export type Result = InFull['result']

/** One event that carried tokens, in ms after the request was sent. */
export interface Token {
  at: number
  kind: 'answer' | 'reasoning' | 'other'
  characters: number
}

/** The events that carried tokens, in order. */
export const tokensOf = ({ events }: Timeline): Token[] =>
  events.flatMap(({ at_ms: at, text, reasoning, other }) => {
    const characters = text + reasoning + other
    const kind = text > 0 ? 'answer' : reasoning > 0 ? 'reasoning' : 'other'
    return characters === 0 ? [] : [{ at, kind, characters } as const]
  })

/** How long a stream must stand still to be drawn as a stall, in ms, and how many times its median gap; as docs/metrics.md has it. */
const stall = { ms: 500, gaps: 10 }

/** Where the stream stood still. */
export function stallsOf(tokens: readonly Token[]): { from: number; to: number }[] {
  const reads = [...new Set(tokens.map(({ at }) => at))]
  const gaps = reads.slice(1).map((to, index) => ({ from: reads[index] ?? to, to }))
  const limit = Math.max(stall.ms, stall.gaps * (median(gaps.map(({ from, to }) => to - from)) ?? 0))
  return reads.length < 3 ? [] : gaps.filter(({ from, to }) => to - from > limit)
}

/** Phases where they were, in ms after the request was sent: what opened the socket is before 0. */
export function placedPhases(result: Result): { name: PhaseName; from: number; to: number }[] {
  const phases = phasesOf(result)
  const opening = (phases.dns ?? 0) + (phases.tcp ?? 0) + (phases.tls ?? 0)
  let at = -opening
  return (['dns', 'tcp', 'tls', 'wait', 'reasoning', 'answer'] as const).flatMap((name) => {
    const ms = phases[name]
    if (ms === null) return []
    const from = at
    at += ms
    return [{ name, from, to: at }]
  })
}

/** How many characters of the answer had come by a moment. */
export const characterCount = ({ events }: Timeline, at: number): number =>
  events.reduce((sum, { at_ms: ms, text }) => sum + (ms <= at ? text : 0), 0)

const steps = [1, 2, 5]

/** Round marks of an axis, about eight of them, in ms. */
export function ticksOf(from: number, to: number): number[] {
  const rough = Math.max(1, (to - from) / 8)
  const size = 10 ** Math.floor(Math.log10(rough))
  const step = (steps.find((each) => each * size >= rough) ?? 10) * size
  const first = Math.ceil(from / step)
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, index) => (first + index) * step)
}

const carried: Readonly<Record<Token['kind'], string>> = {
  answer: 'of the answer',
  reasoning: 'of reasoning',
  other: 'of a tool call or refusal',
}

/** A token in words. */
export const tokenText = (tokens: readonly Token[], index: number): string => {
  const token = tokens[index]
  if (token === undefined) return 'no tokens'
  const { at, kind, characters } = token
  return `${index + 1} of ${tokens.length} at ${duration(at)}: ${plural(characters, 'character')} ${carried[kind]}`
}
