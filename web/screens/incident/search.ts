/** What the URL says of the screen; what is usual is left out of it. */
export interface IncidentSearch {
  /** The chart as a table. */
  view?: 'table'
}

/** The search of a URL, without what this screen does not know. */
export const incidentSearch = ({ view }: Record<string, unknown>): IncidentSearch =>
  view === 'table' ? { view } : {}
