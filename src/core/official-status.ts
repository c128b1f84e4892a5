/** How well a provider says it works, the best first. */
export const indicators = [
  'operational',
  'under_maintenance',
  'unknown',
  'degraded_performance',
  'partial_outage',
  'major_outage',
] as const
export type Indicator = (typeof indicators)[number]

/** How bad a provider says an incident of its own is. */
export const impacts = ['none', 'minor', 'major', 'critical', 'maintenance', 'unknown'] as const
export type Impact = (typeof impacts)[number]

/** How far a provider says it is with an incident. */
export const phases = [
  'investigating',
  'identified',
  'monitoring',
  'resolved',
  'postmortem',
  'unknown',
] as const
type Phase = (typeof phases)[number]

/** An incident as a provider publishes it. */
export interface OfficialIncident {
  /** What its status page calls it. */
  id: string
  name: string
  impact: Impact
  status: Phase
  startedAt: Date
  /** Null while it is open. */
  resolvedAt: Date | null
  url: string | null
  /** The parts of the service it names; empty if it names none. */
  components: string[]
}

/** Work on its service that a provider announces, until it is over. */
export interface OfficialMaintenance {
  id: string
  name: string
  startsAt: Date | null
  endsAt: Date | null
  url: string | null
}

/** What a provider says of itself at one moment. */
export interface OfficialStatus {
  indicator: Indicator
  /** In its own words, or how many parts are affected; null if there is nothing to say. */
  description: string | null
  /** Open ones and those that are over, as far as it lists them. */
  incidents: OfficialIncident[]
  maintenances: OfficialMaintenance[]
}

/** Why there is no answer of a status page that can be believed. */
export const officialErrors = ['unreachable', 'http_error', 'redirected', 'unreadable'] as const
export type OfficialError = (typeof officialErrors)[number]

/** The formats of status pages; src/sync has a reader for each. */
export type StatusDialect = 'statuspage' | 'betterstack' | 'datadog' | 'flashduty' | 'google'

/** Where a provider says how it works. */
export interface StatusFeed {
  dialect: StatusDialect
  /** The page for people. */
  page: string
  /** The JSON documents that are read together: each tells a part. */
  documents: readonly string[]
  /**
   * The components that are about the API: they alone decide the indicator, and incidents that name only
   * others are left out. All of them without.
   */
  components?: RegExp
  /** Titles of incidents about other products, on a page whose incidents name no components. */
  others?: RegExp
}

/** The worst of some indicators; unknown if there are none: what is not said is not operational. */
export const worstOf = (all: readonly Indicator[]): Indicator =>
  all.reduce<Indicator | null>(
    (worst, each) => (worst !== null && indicators.indexOf(worst) > indicators.indexOf(each) ? worst : each),
    null,
  ) ?? 'unknown'
