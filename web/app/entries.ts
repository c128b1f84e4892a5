import type { Answer } from '../api/client.ts'
import { clock, day } from '../format/time.ts'
import { plural } from '../format/words.ts'
import { screens } from './screens.ts'

/** Something to go to. */
export interface Entry {
  id: string
  label: string
  /** What tells it from others of the same name. */
  hint: string
  href: string
}

/** What is known of where one may go; null while it is not loaded. */
interface Known {
  now: Answer<'GET /api/v1/now'> | null
  runs: Answer<'GET /api/v1/runs'> | null
  /** Whether there is a screen at a path. */
  hasScreen: (path: string) => boolean
}

/** Screens, targets and the latest runs, in this order. A target without a screen of its own is found on Now. */
export function entriesOf({ now, runs, hasScreen }: Known): Entry[] {
  return [
    ...screens.map(({ to, label }) => ({ id: `screen ${to}`, label, hint: 'screen', href: to })),
    ...targetsOf(now, hasScreen('/targets/$id')),
    ...(hasScreen('/history/$id') ? (runs?.rows ?? []) : []).map((run) => ({
      id: `run ${run.id}`,
      label: run.run_name,
      hint: `run of ${day(run.started_at, new Date())}, ${clock(run.started_at)}`,
      href: `/history/${encodeURIComponent(run.id)}`,
    })),
  ]
}

/** A line for each target, however many regions call it. */
function targetsOf(now: Known['now'], hasScreen: boolean): Entry[] {
  const targets = Map.groupBy(now?.rows ?? [], ({ target_id: id }) => id)
  return [...targets].flatMap(([id, regions]) =>
    regions.slice(0, 1).map(({ provider, model }) => ({
      id: `target ${id}`,
      label: model,
      hint: `${now?.providers[provider]?.name ?? provider}, ${plural(regions.length, 'region')}`,
      href: hasScreen ? `/targets/${encodeURIComponent(id)}` : `/?q=${encodeURIComponent(model)}`,
    })),
  )
}

/** The entries that have every word of a text, those whose name begins with it first. */
export function findEntries(entries: readonly Entry[], text: string, limit = 12): Entry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const [start = ''] = words
  return entries
    .map((entry, place) => ({ entry, place, name: entry.label.toLowerCase() }))
    .filter(({ entry, name }) => {
      const all = `${name} ${entry.hint.toLowerCase()}`
      return words.every((word) => all.includes(word))
    })
    .toSorted(
      (a, b) => Number(b.name.startsWith(start)) - Number(a.name.startsWith(start)) || a.place - b.place,
    )
    .slice(0, limit)
    .map(({ entry }) => entry)
}
