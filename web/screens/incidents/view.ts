import type { Incident } from '../../api/incident-queries.ts'
import { plural } from '../../format/words.ts'
import { severities } from '../../ui/incident-words.ts'
import { filterOf, type IncidentsSearch } from './search.ts'

/** The incidents that a search leaves, as the server filters them. */
export function chosenOf(rows: readonly Incident[], search: IncidentsSearch): Incident[] {
  const wanted = Object.entries(filterOf(search))
  return rows.filter((row) => wanted.every(([name, value]) => row[name as keyof Incident] === value))
}

/** The same, with those that an incident tells after it. */
function inFamilies(rows: readonly Incident[]): Incident[] {
  const known = new Set(rows.map(({ id }) => id))
  const families = Map.groupBy(rows, ({ parent_id: parent }) =>
    parent !== null && known.has(parent) ? parent : null,
  )
  return (families.get(null) ?? []).flatMap((row) => [row, ...(families.get(row.id) ?? [])])
}

/** The worst first, of these the latest. */
const inOrder = (rows: readonly Incident[]): Incident[] =>
  inFamilies(
    rows.toSorted(
      (a, b) =>
        severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
        Date.parse(b.first_bad_at) - Date.parse(a.first_bad_at),
    ),
  )

/** The open ones: those that are told, and those in shadow. Groups without rows are left out. */
export function openGroups(rows: readonly Incident[]) {
  const [told, shadow] = [false, true].map((isShadow) =>
    inOrder(rows.filter((row) => row.shadow === isShadow)),
  )
  return [
    { name: 'Open', rows: told ?? [] },
    { name: 'In shadow', rows: shadow ?? [] },
  ]
    .filter((group) => group.rows.length > 0)
    .map((group) => ({ ...group, note: String(group.rows.length) }))
}

/** Those that are over by the day of the viewer on which they opened. */
export function daysOf(rows: readonly Incident[]) {
  const days = Map.groupBy(rows, ({ opened_at: at }) => new Date(at).toDateString())
  return [...days.values()].map((of) => ({
    at: of[0]?.opened_at ?? '',
    note: plural(of.length, 'incident'),
    rows: inFamilies(of),
  }))
}

/** Since when nothing is wrong: the latest end of what was told; null if nothing ever was. */
export function quietSince(past: readonly Incident[]): string | null {
  const ends = past.flatMap(({ shadow, resolved_at: ended }) => (shadow || ended === null ? [] : [ended]))
  return ends.toSorted((a, b) => Date.parse(b) - Date.parse(a))[0] ?? null
}
