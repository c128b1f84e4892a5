import { z } from 'zod'
import { enteredChannel, noDigests, resolve } from '../alerts/channel-settings.ts'
import { channelTypes } from '../alerts/channels.ts'
import { channelKinds, incidentKinds, severities } from '../core/incident.ts'
import { tellOne } from '../jobs/teller.ts'
import { type ChannelRecord, deliveryPage } from '../store/delivery-codec.ts'
import { sendingRow } from '../store/incident-codec.ts'
import type { Store } from '../store/store.ts'
import type { Api } from './api.ts'
import { maybe, textOf } from './page.ts'
import type { HttpParts } from './parts.ts'
import { refuse, refuseInvalid } from './problem-details.ts'
import { cursor, limitOf } from './query.ts'
import { ownedBy } from './target-row.ts'

const moment = z.string().meta({ format: 'date-time' })

const channelRow = z
  .strictObject({
    name: z.string(),
    kind: z.enum(channelKinds),
    /** From the environment, or entered over this API. */
    source: z.enum(['environment', 'entered']),
    enabled: z.boolean(),
    min_severity: z.enum(severities),
    kinds: z.array(z.enum(incidentKinds)),
    /** Whether it is sent what changed in each week. */
    weekly: z.boolean(),
    settings: z.record(z.string(), z.string()),
    /** The variables that hold its secrets, by what they hold. */
    secrets: z.record(z.string(), z.string()),
    /** Why it cannot be used from here; null if it can. */
    problem: z.string().nullable(),
    /** Why it was switched off. */
    disabled_reason: z.string().nullable(),
    consecutive_failures: z.int(),
    last_sent_at: moment.nullable(),
    n_waiting: z.int(),
    owned_by: ownedBy,
  })
  .meta({ id: 'Channel' })

const kindRow = z
  .strictObject({
    kind: z.enum(channelKinds),
    fields: z.array(
      z.strictObject({
        name: z.string(),
        needed: z.boolean(),
        /** It is not written down: `secrets` names the variable that holds it. */
        secret: z.boolean(),
        /** What it is if it is left out. */
        fallback: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'ChannelKind' })

/** Kinds of channels, and what each is set by. */
export const channelKindList = z.strictObject({ rows: z.array(kindRow) })

/** Who is told. */
export const channels = z.strictObject({ rows: z.array(channelRow) })
/** One of them, after a change. */
export const changedChannel = channelRow
/** What became of deliveries. */
export const deliveries = deliveryPage

const toRow = (channel: ChannelRecord, env: NodeJS.ProcessEnv): z.infer<typeof channelRow> => {
  const { name, kind, source, enabled, minSeverity, kinds, weekly, settings, secrets } = channel
  const resolved = resolve(channel, env)
  return {
    name,
    kind,
    source,
    enabled,
    min_severity: minSeverity,
    kinds: [...kinds],
    weekly,
    settings,
    secrets,
    problem: 'problem' in resolved ? resolved.problem : null,
    disabled_reason: channel.disabledReason,
    consecutive_failures: channel.consecutiveFailures,
    last_sent_at: channel.lastSentAt?.toISOString() ?? null,
    n_waiting: channel.nWaiting,
    owned_by: channel.ownedBy,
  }
}

/** Settings of every kind of channel; which of them a kind has, its own check says. */
const settingNames = new Set(Object.values(channelTypes).flatMap(({ fields }) => Object.keys(fields)))
const values = z.strictObject(
  Object.fromEntries([...settingNames].map((name) => [name, z.string().max(16_384).exactOptional()])),
)

const about = { tag: 'channels' } as const
const params = { name: textOf({ most: 400 }) }

/** Channels: who is told of incidents, and what became of it. */
export function addChannels(api: Api, parts: HttpParts): void {
  readChannels(api, parts)
  readKinds(api)
  saveChannel(api, parts)
  switchChannel(api, parts)
  deleteChannel(api, parts)
  testChannel(api, parts)
  readDeliveries(api, parts)
}

const readChannels = (api: Api, { openStore, app }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'get',
      path: '/channels',
      access: 'admin',
      summary: 'Channels: who is told of incidents',
      answer: channels,
    },
    async () => ({
      rows: (await (await openStore()).readChannels()).rows.map((each) => toRow(each, app.env)),
    }),
  )

const readKinds = (api: Api): void =>
  api.add(
    {
      ...about,
      method: 'get',
      path: '/channels/kinds',
      access: 'read',
      summary: 'Kinds of channels, and the settings of each',
      answer: channelKindList,
    },
    () => ({
      rows: channelKinds.map((kind) => ({
        kind,
        fields: Object.entries(channelTypes[kind].fields).map(
          ([name, { needed, open, fallback = null }]) => ({
            name,
            needed,
            secret: !open,
            fallback,
          }),
        ),
      })),
    }),
  )

const saveChannel = (api: Api, { openStore, app }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'post',
      path: '/channels',
      access: 'admin',
      summary: 'Save a channel; replaces the one of that name',
      description: `Secrets are variables of the server that begin with ALERT_, named in \`secrets\`; an address in \`settings\` must be
public. Whoever is new is told of the incidents that are open. With \`weekly\` it is sent what changed in each week, but for PagerDuty.`,
      body: z.strictObject({
        name: z.string(),
        kind: z.enum(channelKinds),
        enabled: z.boolean().exactOptional(),
        min_severity: z.enum(severities).exactOptional(),
        kinds: z.array(z.enum(incidentKinds)).exactOptional(),
        weekly: z.boolean().exactOptional(),
        settings: values.exactOptional(),
        secrets: values.exactOptional(),
      }),
      answer: changedChannel,
    },
    async ({ body: { min_severity: minSeverity, ...body } }) => {
      const entered = enteredChannel(app.config.egressAllow).safeParse({ ...body, minSeverity })
      if (!entered.success) return refuseInvalid(entered.error, 'json')
      const store = await openStore()
      const { rows } = await store.readChannels()
      if (rows.some(({ name, source }) => name === entered.data.name && source === 'environment'))
        return refuse(
          'conflict',
          `the channel ${entered.data.name} is set by the environment: choose another name`,
        )
      const { source: _, ...channel } = entered.data
      return toRow((await store.saveChannel(channel)).channel, app.env)
    },
  )

const switchChannel = (api: Api, { openStore, app }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'patch',
      path: '/channels/{name}',
      access: 'admin',
      summary: 'Switch a channel on, which forgets its failures, or off; switch its weekly digest on or off',
      params,
      body: z
        .strictObject({ enabled: z.boolean().exactOptional(), weekly: z.boolean().exactOptional() })
        .refine((body) => Object.keys(body).length > 0, { error: 'must have enabled or weekly' }),
      answer: changedChannel,
    },
    async ({ params: { name }, body }) => {
      const store = await openStore()
      const why = body.weekly === undefined ? null : await weeklyProblem(store, name)
      return why === null
        ? toRow((await store.switchChannel({ name, ...body })).channel, app.env)
        : refuse('conflict', why)
    },
  )

/** Why nobody can switch the digests of a channel; null if they can, or there is no such channel. */
async function weeklyProblem(store: Store, name: string): Promise<string | null> {
  const { rows } = await store.readChannels()
  const found = rows.find((each) => each.name === name)
  if (found?.source === 'environment')
    return `the channel ${name} is set by the environment: its variables say whether it is sent digests`
  return found === undefined || channelTypes[found.kind].digests ? null : `weekly ${noDigests(found.kind)}`
}

const deleteChannel = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'delete',
      path: '/channels/{name}',
      access: 'admin',
      summary: 'Delete a channel that was entered; what waits for it is not sent',
      params,
    },
    async ({ params: of }) => {
      const { deleted } = await (await openStore()).deleteChannel(of)
      return deleted ? null : refuse('not_found', `no channel ${of.name} was entered`)
    },
  )

const testChannel = (api: Api, { openStore, app }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'post',
      path: '/channels/{name}/test',
      access: 'admin',
      summary: 'Send a test by a channel, and say what became of it',
      params,
      answer: sendingRow,
    },
    async ({ params: { name } }) => {
      const store = await openStore()
      const id = app.uuid()
      await store.testChannel({ name, id })
      const delivery = await tellOne(store, app, { channel: name, id })
      return delivery ?? refuse('not_found', `the test of ${name} was not kept`)
    },
  )

const readDeliveries = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'get',
      path: '/deliveries',
      access: 'admin',
      summary: 'What channels were sent, and what became of it, the latest first',
      query: {
        channel: maybe(textOf({ most: 400 })),
        state: maybe(sendingRow.shape.state),
        after: maybe(cursor),
        limit: limitOf(200, 50),
      },
      answer: deliveries,
    },
    async ({ query }) => (await openStore()).listDeliveries(query),
  )
