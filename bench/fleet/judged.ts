import { type Goal, round } from '../goals.ts'

/** What was found, and whether it is as it has to be. */
export interface Judged {
  figures: Record<string, unknown>[]
  goals: Goal[]
}

/** A goal that nothing of a kind was found. */
export const none = (name: string, found: number): Goal => ({
  name,
  limit: '0',
  measured: found,
  holds: found === 0,
})

/** A goal that two counts are the same. */
export const same = (name: string, wanted: number, found: number): Goal => ({
  name,
  limit: `= ${round(wanted)}`,
  measured: round(found),
  holds: Math.abs(found - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted)),
})

/** Numbers of one kind as figures, one each. */
export const figuresOf = (
  kind: string,
  values: Readonly<Record<string, number | string>>,
): Record<string, unknown>[] =>
  Object.entries(values).map(([name, value]) => ({
    name: `${kind}: ${name}`,
    value: typeof value === 'number' ? round(value) : value,
  }))
