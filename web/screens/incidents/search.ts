import type { Delivery, Incident } from '../../api/incident-queries.ts'
import { kindNames, severities } from '../../ui/incident-words.ts'

const views = ['channels', 'maintenance'] as const
export const kinds = Object.keys(kindNames) as Incident['kind'][]
const states = [
  'pending',
  'held',
  'sending',
  'sent',
  'dead',
  'replaced',
] as const satisfies readonly Delivery['state'][]

/** What the URL says of the screen; what is usual is left out of it. */
export interface IncidentsSearch {
  /** A part of the screen; the incidents if left out. */
  view?: (typeof views)[number]
  kind?: Incident['kind']
  severity?: Incident['severity']
  provider?: string
  /** Only those in shadow, or none of them. */
  shadow?: boolean
  /** The channel whose deliveries are listed. */
  channel?: string
  /** What became of the deliveries that are listed. */
  state?: Delivery['state']
  /** Whether the form of a channel or of a window is open. */
  add?: true
}

const oneOf = <Name extends string>(names: readonly Name[], given: unknown): Name | undefined =>
  names.find((name) => name === given)

const textOf = (given: unknown): string | undefined => {
  const text = typeof given === 'number' ? String(given) : given
  return typeof text === 'string' && text !== '' ? text : undefined
}

/** The search of a URL, without what this screen does not know. */
export function incidentsSearch(given: Record<string, unknown>): IncidentsSearch {
  const { shadow, add } = given
  const known = {
    view: oneOf(views, given['view']),
    kind: oneOf(kinds, given['kind']),
    severity: oneOf(severities, given['severity']),
    provider: textOf(given['provider']),
    shadow: typeof shadow === 'boolean' ? shadow : undefined,
    channel: textOf(given['channel']),
    state: oneOf(states, given['state']),
    add: add === true ? add : undefined,
  }
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined))
}

type Filter = Pick<IncidentsSearch, 'kind' | 'severity' | 'provider' | 'shadow'>

/** By what incidents are filtered. */
export const filterOf = ({ kind, severity, provider, shadow }: IncidentsSearch): Filter =>
  Object.fromEntries(
    Object.entries({ kind, severity, provider, shadow }).filter(([, value]) => value !== undefined),
  )
