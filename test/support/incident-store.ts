import { randomUUID } from 'node:crypto'
import type { Channel, Incident, Subject, Transition } from '../../src/core/incident.ts'
import type { Store } from '../../src/store/store.ts'
import { later } from './later.ts'
import { openedTransport } from './opened-transport.ts'
import type { OpenTransport } from './transports.ts'

export type Opening = Extract<Transition, { do: 'open' }>

/** A channel of the environment that is told everything. */
export const sampleChannel = (name: string, more: Partial<Channel> = {}): Channel => ({
  name,
  kind: 'webhook',
  source: 'environment',
  enabled: true,
  minSeverity: 'info',
  kinds: [],
  weekly: false,
  settings: {},
  secrets: { url: 'ALERT_WEBHOOK_URL' },
  ...more,
})

/** The same as a person enters it. */
export const entered = (name: string, more: Partial<Channel> = {}): Omit<Channel, 'source'> => {
  const { source: _source, ...channel } = sampleChannel(name, more)
  return channel
}

/** A target that is down. */
export const opening = (
  subject: Subject & { targetId: string; region: string },
  more: Partial<Opening> = {},
): Opening => ({
  do: 'open',
  scope: `target/${subject.targetId}/${subject.region}`,
  kind: 'down',
  severity: 'critical',
  subject,
  firstBadAt: new Date('2026-11-30T10:00:00Z'),
  shadow: false,
  flapping: false,
  evidence: { failures: 2, error_kinds: ['timeout_idle'] },
  ...more,
})

/** A store with incidents: the steps that tests of them share. */
export function incidentsOver(given: Store) {
  const store = later(() => given)

  /** An active target that no other test has, in a region of its own. */
  const newTarget = async (provider = `p-${randomUUID().slice(0, 8)}`) => {
    const model = `m-${randomUUID().slice(0, 8)}`
    const about = {
      id: provider,
      name: provider,
      baseUrl: `https://${provider}.example`,
      logoUrl: null,
      synthetic: false,
    }
    await store.setTarget({ provider, model, active: true, parameters: null, region: null, about })
    const { rows } = await store.listModels({ providers: [provider], after: null, limit: 100 })
    const found = rows.find((row) => row.model === model)
    if (found === undefined) throw new Error('the model was not saved')
    return { provider, model, modelId: found.id }
  }

  /** Applies transitions to a scope, whatever version it has. */
  const apply = async (scope: string, transitions: readonly Transition[]) => {
    const tried = { scope, evaluatedUntil: new Date('2026-11-30T10:15:00Z'), transitions }
    const { version } = await store.applyTransitions({ ...tried, expectedVersion: -1 })
    return store.applyTransitions({ ...tried, expectedVersion: version })
  }
  const openOf = async (scope: string) => (await store.listIncidents({ scope, open: true })).rows
  /** As evaluating reads it. */
  const asRead = (id: string): Incident => ({ id }) as Incident
  /** Opens an incident and gives its id. */
  const opened = async (transition: Opening): Promise<string> => {
    await apply(transition.scope, [transition])
    const found = (await openOf(transition.scope)).find(({ kind }) => kind === transition.kind)
    if (found === undefined) throw new Error('the incident was not opened')
    return found.id
  }
  const resolve = (scope: string, id: string, reason: Incident['resolveReason'] = 'recovered') =>
    apply(scope, [
      { do: 'resolve', incident: asRead(id), reason: reason ?? 'recovered', evidence: { checks: 2 } },
    ])
  const eventsOf = async (id: string) => (await store.readIncident({ id })).events.map(({ type }) => type)
  /** What each channel is told of an incident, and what became of it. */
  const told = async (id: string, channel?: string) =>
    (await store.readIncident({ id })).deliveries
      .filter((delivery) => channel === undefined || delivery.channel === channel)
      .map(({ channel: name, event, seq, state }) => `${name} ${event} ${seq} ${state}`)
  return { newTarget, apply, openOf, opened, resolve, eventsOf, told, asRead }
}

/** The same over a transport, with channels that are told of everything. */
export function incidentStore(open: () => Promise<OpenTransport>) {
  const { store, sql, rowsOf } = openedTransport(open)
  const steps = incidentsOver(store)
  const targetIn = async (region: string, provider?: string) => {
    const { provider: slug, model, modelId } = await steps.newTarget(provider)
    const [row] = await rowsOf('select id from targets where model_id = $1', [modelId])
    const targetId = String(row?.['id'])
    return { provider: slug, model, modelId, targetId, region, scope: `target/${targetId}/${region}` }
  }
  const subjectOf = ({ provider, model, targetId, region }: Awaited<ReturnType<typeof targetIn>>) => ({
    provider,
    model,
    targetId,
    region,
  })
  /** A new target that is down. */
  const down = async (more: Partial<Opening> = {}, provider?: string) => {
    const target = await targetIn('fra1', provider)
    const transition = opening(subjectOf(target), more)
    return { target, transition, scope: transition.scope, id: await steps.opened(transition) }
  }
  const claim = (more: { claimId?: string; limit?: number; lockMs?: number } = {}) =>
    store.claimDeliveries({ claimId: randomUUID(), limit: 100, lockMs: 60_000, ...more })
  return { ...steps, store, sql, rowsOf, targetIn, subjectOf, down, claim }
}
