import type { Check } from '../../api/upkeep-queries.ts'

const severity = { fail: 0, warn: 1, ok: 2 } as const

/** Checks as groups of a table: what asks for something first, worst first, else in their order. */
export function checkGroups(checks: readonly Check[]) {
  const open = checks
    .filter(({ state }) => state !== 'ok')
    .toSorted((a, b) => severity[a.state] - severity[b.state])
  const fine = checks.filter(({ state }) => state === 'ok')
  return [
    { name: 'Needs a look', note: String(open.length), rows: open },
    { name: 'Fine', note: String(fine.length), rows: fine },
  ].filter((group) => group.rows.length > 0)
}
