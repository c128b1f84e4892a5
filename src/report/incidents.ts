import { spanText } from '../core/span.ts'
import { type Column, formatTable, printable, shortened } from './format.ts'

/** What is shown of an incident, in words and with the database's names. */
export interface ShownIncident {
  id: string
  severity: string
  title: string
  text: string
  first_bad_at: string
  opened_at: string
  resolved_at: string | null
  acknowledged_by: string | null
  shadow: boolean
  lasts_s: number
}

const columns: Column[] = [
  { title: 'ID', align: 'left' },
  { title: 'SEVERITY', align: 'left' },
  { title: 'WHAT', align: 'left' },
  { title: 'SINCE (UTC)', align: 'left' },
  { title: 'LASTS', align: 'right' },
  { title: 'STATE', align: 'left' },
]
const longestTitle = 72

/** Incidents as a table, one per line. */
export const incidentsTable = (incidents: readonly ShownIncident[]): string =>
  formatTable(
    columns,
    incidents.map((incident) => [
      shortId(incident.id),
      incident.severity,
      shortened(printable(incident.title), longestTitle),
      minuteOf(incident.first_bad_at),
      spanText(incident.lasts_s * 1000),
      stateOf(incident),
    ]),
  )

/** Ids of version 7 begin with their time, so that those of one hour differ only at the end. */
export const shortId = (id: string): string => id.slice(-12)

/** `2026-11-30 02:15`. */
export const minuteOf = (moment: string): string =>
  new Date(moment).toISOString().slice(0, 16).replace('T', ' ')

function stateOf({ resolved_at, acknowledged_by, shadow }: ShownIncident): string {
  const states = [
    resolved_at === null ? 'open' : 'over',
    ...(acknowledged_by === null ? [] : [`taken by ${printable(acknowledged_by)}`]),
    ...(shadow ? ['shadow: told to nobody'] : []),
  ]
  return states.join(', ')
}
