import {
  type Indicator,
  type OfficialIncident,
  type OfficialStatus,
  type StatusDialect,
  type StatusFeed,
  worstOf,
} from '../core/official-status.ts'
import { readBetterstack } from './official-betterstack.ts'
import { readDatadog } from './official-datadog.ts'
import { readFlashduty } from './official-flashduty.ts'
import { readGoogle } from './official-google.ts'
import type { OfficialPart, ReadPart } from './official-part.ts'
import { readStatuspage } from './official-statuspage.ts'

const readers: Readonly<Record<StatusDialect, ReadPart>> = {
  statuspage: readStatuspage,
  betterstack: readBetterstack,
  datadog: readDatadog,
  flashduty: readFlashduty,
  google: readGoogle,
}

/**
 * What a provider says of itself, from the JSON of its feed's documents, in their order. Null if one of them is not
 * what its dialect answers, or if no document tells the state: then nothing is known.
 */
export function readOfficialStatus(feed: StatusFeed, bodies: readonly unknown[]): OfficialStatus | null {
  const parts = bodies.map((body) => readers[feed.dialect](body, feed.page))
  const read = parts.flatMap((part) => part ?? [])
  if (read.length !== feed.documents.length || read.every(({ incidents }) => incidents === null)) return null
  const state = stateOf(feed, read)
  if (state === null) return null
  const incidents = new Map(
    read.flatMap((part) => part.incidents ?? []).map((incident) => [incident.id, incident]),
  )
  return {
    ...state,
    incidents: [...incidents.values()]
      .filter((incident) => isAboutApi(incident, feed))
      .map((incident) => ({ ...incident, components: incident.components.slice(0, mostComponents) })),
    maintenances: read.flatMap(({ maintenances }) => maintenances),
  }
}

/** Of the components that an incident names, so many are kept. */
const mostComponents = 20

/** Of the components that count, or of the page if it names none that count and all do; null if nothing tells. */
function stateOf(
  feed: StatusFeed,
  parts: readonly OfficialPart[],
): Pick<OfficialStatus, 'indicator' | 'description'> | null {
  const overall = parts.findLast((part) => part.overall !== null)?.overall ?? null
  if (feed.components === undefined) return overall
  const listed = parts.findLast(({ components }) => components !== null)?.components
  if (listed === undefined || listed === null) return null
  const counting = listed.filter(({ name }) => feed.components?.test(name) === true)
  const indicator = worstOf(counting.map((each) => each.indicator))
  return { indicator, description: describe(indicator, counting) }
}

/** Which components are not well, or null. */
function describe(
  indicator: Indicator,
  components: readonly { name: string; indicator: Indicator }[],
): string | null {
  if (indicator === 'operational' || components.length === 0) return null
  const names = [
    ...new Set(components.filter((each) => each.indicator !== 'operational').map(({ name }) => name)),
  ]
  return names.length > 3 ? `${names.length} components` : names.join(', ')
}

const isAboutApi = ({ name, components }: OfficialIncident, feed: StatusFeed): boolean =>
  components.length === 0
    ? feed.others?.test(name) !== true
    : feed.components === undefined || components.some((each) => feed.components?.test(each) === true)
