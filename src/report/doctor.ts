import type { Check } from '../core/check.ts'
import type { Paint } from './console.ts'
import { printable } from './format.ts'

const colors = { ok: 'green', warn: 'yellow', fail: 'red' } as const

/** The width of the longest name of a check that always runs. */
const nameWidth = 'environment'.length

/** A check as one line: `fail  store        the reason -> what to do`. */
export function checkLine({ name, state, message, todo }: Check, paint: Paint): string {
  const shown = `${paint(colors[state], state.padEnd(4))}  ${name.padEnd(nameWidth)}  ${printable(message)}`
  return todo === null ? shown : `${shown} -> ${printable(todo)}`
}

/** A summary of all checks, in one line. */
export function checksEnding(checks: readonly Check[]): string {
  const count = (state: Check['state']) => checks.filter((check) => check.state === state).length
  const warned = count('warn')
  const warnings = warned === 0 ? '' : `, ${warned} ${warned === 1 ? 'warning' : 'warnings'}`
  return `${count('fail') === 0 ? 'nothing' : count('fail')} failed${warnings}`
}

/** A duration in the largest unit of which it has at least two: `90 s`, `37.5 min`, `3 days`. */
export function spanText(ms: number): string {
  const units = [
    ['days', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
  ] as const
  const [unit, size] = units.find(([, each]) => ms >= 2 * each) ?? ['s', 1000]
  return `${Number((ms / size).toFixed(1))} ${unit}`
}
