import { z } from 'zod'
import {
  type Channel,
  type ChannelKind,
  channelKinds,
  type IncidentKind,
  incidentKinds,
  severities,
  type Severity,
} from '../core/incident.ts'
import { isQuoted, trimmed } from '../core/trimmed.ts'
import { egressProblem } from '../net/egress.ts'
import { channelTypes, type Field, type Values } from './channels.ts'

/** Variables by name; an empty value counts as unset. */
type Environment = Readonly<Record<string, string | undefined>>

/** The variables that are ours begin so. */
const prefix = 'ALERT_'
/** Variables that are no channel by themselves: entered channels name them. */
const secretPrefix = 'ALERT_SECRET_'
/** Names the channel that is told what another could not be told. */
const fallbackName = 'ALERT_FALLBACK'

/** The name of a channel. */
export const channelName = z
  .string()
  .regex(/^[a-z\d]([a-z\d-]{0,62}[a-z\d])?$/, 'must be small letters, digits and hyphens, at most 64')

/** Fields that every kind has, which say what it is told of. */
const common = ['min_severity', 'kinds', 'weekly'] as const

const fieldsOf = (kind: ChannelKind): Readonly<Record<string, Field>> => channelTypes[kind].fields

const valueIn = (env: Environment, name: string): string => trimmed(env[name] ?? '')

/** One variable of a channel, taken apart: `ALERT_SLACK_OPS_URL` is `url` of `slack-ops`. */
interface Variable {
  name: string
  channel: string
  kind: ChannelKind
  field: string
}

/**
 * The channels that the environment has, `ALERT_<KIND>[_<NAME>]_<FIELD>`, by name; and what is wrong with the variables,
 * without their values.
 */
export function channelsOf(env: Environment): { channels: Channel[]; problems: string[] } {
  const names = Object.keys(env).filter(
    (name) =>
      name.startsWith(prefix) &&
      !name.startsWith(secretPrefix) &&
      name !== fallbackName &&
      valueIn(env, name) !== '',
  )
  const parsed = names.toSorted().map(parseName)
  const variables = parsed.filter((each) => typeof each !== 'string')
  const made = [...Map.groupBy(variables, ({ channel }) => channel).values()].map((own) =>
    channelOf(own, env),
  )
  return {
    channels: made.map(({ channel }) => channel),
    problems: [
      ...parsed.filter((each) => typeof each === 'string'),
      ...made.flatMap(({ problems }) => problems),
    ],
  }
}

/** A variable taken apart, or what is wrong with its name. */
function parseName(name: string): Variable | string {
  if (!/^ALERT(_[A-Z\d]+)+$/.test(name))
    return `${name}: must be capitals and digits, with one _ between words`
  const rest = name.slice(prefix.length).toLowerCase()
  const kind = channelKinds.find((each) => rest.startsWith(`${each}_`))
  if (kind === undefined)
    return `${name}: must begin with a kind of channel, ${upper(channelKinds).join(', ')}`
  const fields = [...Object.keys(fieldsOf(kind)), ...common]
  const field = fields.find((each) => rest.endsWith(`_${each}`))
  if (field === undefined) return `${name}: must end with a setting of ${kind}, ${upper(fields).join(', ')}`
  const channel = rest.slice(0, -field.length - 1).replaceAll('_', '-')
  return { name, channel, kind, field }
}

const upper = (names: readonly string[]) => names.map((name) => name.toUpperCase())

function channelOf(
  variables: readonly Variable[],
  env: Environment,
): { channel: Channel; problems: string[] } {
  const [{ channel: name, kind }] = variables as [Variable, ...Variable[]]
  const fields = fieldsOf(kind)
  const variableOf = (field: string) => variables.find((each) => each.field === field)?.name
  const valueOf = (field: string) => valueIn(env, variableOf(field) ?? '')
  const base = `${prefix}${name.toUpperCase().replaceAll('-', '_')}`
  const missing = Object.entries(fields)
    .filter(([field, { needed, fallback }]) => needed && fallback === undefined && valueOf(field) === '')
    .map(([field]) => `${base}_${field.toUpperCase()}: is missing, and the channel ${name} needs it`)
  const wrong = variables.flatMap(({ name: variable, field }) => {
    const value = valueIn(env, variable)
    const problem = isQuoted(value)
      ? 'is in quotes, which would be a part of it: write it without them'
      : (fields[field]?.problem ?? commonProblem(field, kind))(value)
    return problem === null ? [] : [`${variable}: ${problem}`]
  })
  const written = variables.filter(({ field }) => fields[field] !== undefined)
  const open = written.filter(({ field }) => isWritten(fields[field], field))
  const secret = written.filter((each) => !open.includes(each))
  return {
    channel: {
      name,
      kind,
      source: 'environment',
      enabled: true,
      minSeverity: severityOf(valueOf('min_severity')) ?? 'info',
      kinds: kindsOf(valueOf('kinds')) ?? [],
      weekly: yesNo.safeParse(valueOf('weekly')).data === true,
      settings: Object.fromEntries(open.map(({ field, name: variable }) => [field, valueIn(env, variable)])),
      secrets: Object.fromEntries(secret.map(({ field, name: variable }) => [field, variable])),
    },
    problems: [...missing, ...wrong],
  }
}

/** Addresses from the environment stay there: that is what makes them trusted, and they may hold a secret. */
const isWritten = (field: Field | undefined, name: string): boolean => field?.open === true && name !== 'url'

function commonProblem(field: string, kind: ChannelKind): (value: string) => string | null {
  return (value) => {
    if (field === 'weekly') return weeklyProblem(value, kind)
    if (field === 'min_severity')
      return severityOf(value) === null ? `must be ${severities.join(', ')}` : null
    return kindsOf(value) === null ? `must be some of ${incidentKinds.join(', ')}, separated by commas` : null
  }
}

function weeklyProblem(value: string, kind: ChannelKind): string | null {
  const { data: weekly } = yesNo.safeParse(value)
  if (weekly === undefined) return 'must be true or false'
  return weekly && !channelTypes[kind].digests ? noDigests(kind) : null
}
/** Why a kind of channel is sent no digest, as the rest of a sentence. */
export const noDigests = (kind: ChannelKind): string =>
  `must be false: ${kind} calls people, and takes no digests`

const yesNo = z.stringbool()
const severityOf = (text: string): Severity | null =>
  severities.find((each) => each === text.toLowerCase()) ?? null

function kindsOf(text: string): IncidentKind[] | null {
  const names = text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean)
  const kinds = names.flatMap((name) => incidentKinds.filter((each) => each === name))
  return kinds.length === names.length ? kinds : null
}

const variableName = z
  .string()
  .regex(
    /^ALERT_[A-Z\d_]+$/,
    'must be the name of a variable that begins with ALERT_, such as ALERT_SECRET_OPS',
  )

/**
 * A channel that somebody enters, of which any address must be public or among these hosts: what is wrong with it is
 * told by field.
 */
export const enteredChannel = (egressAllow: readonly string[]) =>
  z
    .strictObject({
      name: channelName,
      kind: z.enum(channelKinds),
      enabled: z.boolean().default(true),
      minSeverity: z.enum(severities).default('info'),
      kinds: z.array(z.enum(incidentKinds)).max(incidentKinds.length).default([]),
      weekly: z.boolean().default(false),
      settings: z.record(z.string(), z.string().max(16_384)).default({}),
      secrets: z.record(z.string(), variableName).default({}),
    })
    .superRefine(({ kind, weekly, settings, secrets }, context) => {
      if (weekly && !channelTypes[kind].digests)
        context.addIssue({ code: 'custom', path: ['weekly'], message: noDigests(kind) })
      for (const { path, message } of enteredProblems(kind, settings, secrets))
        context.addIssue({ code: 'custom', path, message })
      const refused = settings['url'] === undefined ? null : egressProblem(settings['url'], egressAllow)
      if (refused !== null)
        context.addIssue({
          code: 'custom',
          path: ['settings', 'url'],
          message: `${refused.message}; EGRESS_ALLOW opens a host`,
        })
    })
    .transform((entered): Channel => ({ ...entered, source: 'entered' }))

const problemAt = (path: string[], message: string) => ({ path, message })

function enteredProblems(kind: ChannelKind, settings: Values, secrets: Values) {
  const fields = fieldsOf(kind)
  const unknown = Object.entries({ settings, secrets }).flatMap(([group, values]) =>
    Object.keys(values)
      .filter((name) => !Object.hasOwn(fields, name))
      .map((name) => problemAt([group, name], `is no setting of ${kind}: ${Object.keys(fields).join(', ')}`)),
  )
  const own = Object.entries(fields).flatMap(([name, { needed, open, fallback, problem: check }]) => {
    const value = settings[name]
    if (value === undefined)
      return needed && fallback === undefined && secrets[name] === undefined
        ? [problemAt([open ? 'settings' : 'secrets', name], open ? 'is missing' : secretHint)]
        : []
    if (!open) return [problemAt(['settings', name], `is a secret: ${secretHint}`)]
    if (secrets[name] !== undefined) return [problemAt(['settings', name], 'is among the secrets too')]
    const wrong = check(value)
    return wrong === null ? [] : [problemAt(['settings', name], wrong)]
  })
  return [
    ...unknown,
    ...own,
    ...(leaks(fields, settings, secrets) ? [problemAt(['settings', 'url'], leakHint)] : []),
  ]
}

const secretHint = 'name the variable that holds it among the secrets'

/** Whoever may enter an address could otherwise have any secret sent to it. */
const leaks = (fields: Readonly<Record<string, Field>>, settings: Values, secrets: Values): boolean =>
  settings['url'] !== undefined && Object.keys(secrets).some((name) => fields[name]?.credential === true)
const leakHint = 'would be sent a secret: name a variable that holds the address among the secrets'

/** All that sending by a channel needs, or why it cannot be had, as the rest of a sentence. */
export type Resolved =
  | {
      values: Values
      /** Whether a person set the address on this machine: docs/decisions/0008-egress.md. */
      trusted: boolean
      /** To be kept out of every text. */
      secrets: readonly string[]
    }
  | { problem: string }

/** Looks up the values of a channel. */
export function resolve({ kind, settings, secrets }: Channel, env: Environment): Resolved {
  const fields = fieldsOf(kind)
  const known = (values: Values) => Object.entries(values).filter(([field]) => Object.hasOwn(fields, field))
  const held = known(secrets).map(([field, variable]) => [field, variable, valueIn(env, variable)] as const)
  const fallbacks = Object.entries(fields).flatMap(([field, { fallback }]) =>
    fallback === undefined ? [] : [[field, fallback] as const],
  )
  const values = Object.fromEntries([
    ...fallbacks,
    ...known(settings),
    ...held.map(([field, , value]) => [field, value] as const),
  ])
  const unset = held.find(([, variable, value]) => !variable.startsWith(prefix) || value === '')
  if (unset !== undefined) return { problem: `needs ${unset[1]}, which is not set` }
  for (const [field, { needed, problem }] of Object.entries(fields)) {
    const value = values[field]
    const wrong = value === undefined ? (needed ? 'is missing' : null) : problem(value)
    if (wrong !== null)
      return { problem: `cannot be used: ${secrets[field] ?? `its setting ${field}`} ${wrong}` }
  }
  if (leaks(fields, settings, secrets)) return { problem: `cannot be used: its address ${leakHint}` }
  return {
    values,
    trusted: settings['url'] === undefined,
    secrets: [
      ...held.map(([, , value]) => value),
      ...(settings['url'] === undefined ? [] : [settings['url']]),
    ],
  }
}
