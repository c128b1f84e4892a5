import { type Answer, ApiProblem } from '../../api/client.ts'
import type { Channel, Incident } from '../../api/incident-queries.ts'
import { capital } from '../../format/words.ts'

export type ChannelKind = Answer<'GET /api/v1/channels/kinds'>['rows'][number]
type Setting = ChannelKind['fields'][number]

/** What a person entered of a channel. */
export interface EnteredChannel {
  name: string
  kind: Channel['kind']
  /** By setting. */
  values: Readonly<Record<string, string>>
  minSeverity: Channel['min_severity']
  kinds: readonly Incident['kind'][]
  /** Whether it is sent what changed in each week. */
  weekly: boolean
}

/** A channel as it is, to be changed. */
export const enteredChannel = (channel: Channel): EnteredChannel => ({
  name: channel.name,
  kind: channel.kind,
  values: { ...channel.settings, ...channel.secrets },
  minSeverity: channel.min_severity,
  kinds: channel.kinds,
  weekly: channel.weekly,
})

/** Whether a text is the name of a variable that may hold a setting. */
const isVariable = (text: string): boolean => /^ALERT_[A-Z\d_]+$/.test(text.trim())

/** What is wrong with a setting before it is sent; null if nothing is. A secret that is entered by mistake stays here. */
export const settingProblem = ({ secret }: Setting, value = ''): string | null =>
  secret && value.trim() !== '' && !isVariable(value)
    ? 'Name the variable that holds it, ALERT_SECRET_OPS for one: secrets are not entered here'
    : null

/** Why a channel cannot be saved; null if it can. */
export function channelProblem({ name, values }: EnteredChannel, { fields }: ChannelKind): string | null {
  if (name.trim() === '') return 'Give it a name'
  const missing = fields.find(
    ({ name: field, needed, fallback }) => needed && fallback === null && (values[field] ?? '').trim() === '',
  )
  if (missing !== undefined) return `${labelOf(missing.name)} is missing`
  return (
    fields.map((field) => settingProblem(field, values[field.name])).find((each) => each !== null) ?? null
  )
}

/** PagerDuty calls people: nothing is sent there that they need not act on. */
export const takesDigests = (kind: Channel['kind']): boolean => kind !== 'pagerduty'

/** What is sent of it: what names a variable is among the secrets. */
export function channelBody(
  { name, kind, values, minSeverity, kinds, weekly }: EnteredChannel,
  { fields }: ChannelKind,
) {
  const given = fields.flatMap(({ name: field }) => {
    const value = (values[field] ?? '').trim()
    return value === '' ? [] : [[field, value] as const]
  })
  return {
    name: name.trim(),
    kind,
    min_severity: minSeverity,
    kinds: [...kinds],
    weekly: weekly && takesDigests(kind),
    settings: Object.fromEntries(given.filter(([, value]) => !isVariable(value))),
    secrets: Object.fromEntries(given.filter(([, value]) => isVariable(value))),
  }
}

/** How settings are called, and how one looks. */
export const settingWords: Readonly<Record<string, { label: string; example: string }>> = {
  url: { label: 'URL', example: 'https://example.com/alerts' },
  secret: { label: 'Secret for signatures', example: '' },
  token: { label: 'Token', example: '' },
  chat: { label: 'Chat', example: '-1001234567890, or @channel' },
  key: { label: 'Key of the integration', example: '' },
  from: { label: 'From', example: 'alerts@example.com' },
  to: { label: 'To', example: 'ops@example.com, more@example.com' },
  headers: { label: 'Headers', example: '' },
  body: { label: 'Body, as JSON', example: '{"text": "{{title}}"}' },
}

/** How a setting is called. */
export const labelOf = (setting: string): string => settingWords[setting]?.label ?? capital(setting)

/** What the server says of a setting, wherever it looked for it. */
export const problemAt = (error: Error | null, setting: string): string | null =>
  (error instanceof ApiProblem &&
    error.errors.find(({ pointer = '' }) => pointer.split('/').at(-1) === setting)?.detail) ||
  null

/** What it says besides; null if the settings say it all. */
export const othersOf = (error: Error, { fields }: ChannelKind): string | null =>
  ['name', ...fields.map(({ name }) => name)].some((setting) => problemAt(error, setting) !== null)
    ? null
    : error.message
