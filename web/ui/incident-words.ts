import type { Channel, Delivery, Incident } from '../api/incident-queries.ts'

/** How bad an incident may be, the worst first. */
export const severities = [
  'critical',
  'major',
  'minor',
  'info',
] as const satisfies readonly Incident['severity'][]

/** Whether it is one of the two worst. */
export const isSevere = (severity: Incident['severity']): boolean =>
  severity === 'critical' || severity === 'major'

/** Whether an incident is of a target that answers, but not as it should. */
export const isDegrading = ({ kind }: Incident): boolean =>
  kind === 'slow' || kind === 'errors' || kind === 'limit' || kind === 'slo'

/** Kinds of incidents by their names for people. */
export const kindNames: Readonly<Record<Incident['kind'], string>> = {
  down: 'down',
  errors: 'errors',
  slow: 'slow',
  limit: 'over a limit',
  slo: 'budget of an objective',
  misconfigured: 'misconfigured',
  drift: 'drift',
  price_change: 'price change',
  model_gone: 'model gone',
  model_swap: 'model swap',
  provider_wide: 'provider down',
  own_outage: 'own outage',
  silent: 'silence',
  budget: 'budget',
  calibration: 'calibration',
}

/** Why an incident ended. */
export const endNames: Readonly<Record<NonNullable<Incident['resolve_reason']>, string>> = {
  recovered: 'recovered',
  superseded: 'became worse',
  gone: 'not watched any more',
  by_hand: 'closed by hand',
  expired: 'taken as given',
}

/** Kinds of channels by the names of their makers. */
export const channelNames: Readonly<Record<Channel['kind'], string>> = {
  webhook: 'Webhook',
  slack: 'Slack',
  discord: 'Discord',
  teams: 'Microsoft Teams',
  telegram: 'Telegram',
  ntfy: 'ntfy',
  pagerduty: 'PagerDuty',
  email: 'Email',
  template: 'Anything that takes JSON',
}

/** What channels are told of. */
export const eventNames: Readonly<Record<Delivery['event'], string>> = {
  opened: 'opened',
  worsened: 'became worse',
  acknowledged: 'acknowledged',
  reminded: 'reminder',
  resolved: 'resolved',
  undelivered: 'told of a failure',
  weekly: 'what changed in the week',
  test: 'test',
}

/** Why, in numbers, without the last line, which says since when. */
export const whyOf = ({ text }: Pick<Incident, 'text'>): string[] => text.split('\n').slice(0, -1)

/** How long it lasts or lasted, in ms. */
export const lastingOf = (
  { first_bad_at: began, resolved_at: ended }: Pick<Incident, 'first_bad_at' | 'resolved_at'>,
  now: Date,
): number => (ended === null ? now.getTime() : Date.parse(ended)) - Date.parse(began)
