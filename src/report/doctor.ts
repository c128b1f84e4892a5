import type { Check } from '../core/check.ts'
import type { Paint } from './console.ts'
import { padded, printable } from './format.ts'

const colors = { ok: 'green', warn: 'yellow', fail: 'red' } as const

/** The longest name of a part that is always checked. */
const nameWidth = 'environment'.length

/** A check as one line: `fail  store        the reason -> what to do`. */
export function checkLine({ name, state, message, todo }: Check, paint: Paint): string {
  const shown = `${paint(colors[state], state.padEnd(4))}  ${padded(printable(name), nameWidth)}  ${printable(message)}`
  return todo === null ? shown : `${shown} -> ${printable(todo)}`
}

/** A summary of all checks in one line. */
export function checksEnding(checks: readonly Check[]): string {
  const count = (state: Check['state']) => checks.filter((check) => check.state === state).length
  const warned = count('warn')
  const warnings = warned === 0 ? '' : `, ${warned} ${warned === 1 ? 'warning' : 'warnings'}`
  return `${count('fail') === 0 ? 'nothing' : count('fail')} failed${warnings}`
}
