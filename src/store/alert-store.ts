import type { z } from 'zod'
import type { Channel, IncidentKind, Scope, Severity, Transition } from '../core/incident.ts'
import type { week } from '../core/week.ts'
import type * as alerts from './alert-codec.ts'
import type * as deliveries from './delivery-codec.ts'
import type * as incidents from './incident-codec.ts'
import type { PageInput } from './page.ts'

type Answer<Schema extends z.ZodType> = Promise<z.output<Schema>>

/** What evaluating a scope decided, and what it had read. */
export interface Evaluation {
  scope: Scope
  /** `version` of the input that was evaluated. */
  expectedVersion: number
  /** `evaluatedUntil` of the same. */
  evaluatedUntil: Date
  transitions: readonly Transition[]
}

/** What became of deliveries that a claim holds. */
export interface Settlement {
  claimId: string
  /** Of one channel; several if one message told them. */
  ids: readonly string[]
  /** `pending`: to be sent in `inMs`, by itself; `held`: in `inMs`, with others that are held. */
  state: 'sent' | 'pending' | 'held' | 'dead'
  /** From now on, by the database's clock; null unless it is pending or held. */
  inMs: number | null
  /** Attempts made now, which are added to those before. */
  attempts: number
  /** Why the last attempt failed, without secrets; null if none did. */
  error: string | null
  /** Switches the channel off, `error` being the reason. */
  disable: boolean
  /** The channel that is told what is given up; null if there is none. */
  fallback: string | null
}

/** A maintenance window as a person enters it: once, from `startsAt` to `endsAt`, or by a cron expression. */
export interface MaintenanceInput {
  /** That of a window to be replaced, or a new one. */
  id: string
  name: string
  /** `all`, `provider/<slug>` or `target/<target id>`. */
  scope: string
  /** The window, or since when and until when it recurs, each or null. */
  startsAt: Date | null
  endsAt: Date | null
  /** When it begins, each time, in a time zone, and how long it lasts; null if it does not recur. */
  cron: string | null
  durationMinutes: number | null
  timeZone: string | null
  reason: string | null
}

/** Which week, and what the database does not know of it. */
export interface WeekInput {
  /** `2026-W48`. */
  week: string
  /** What may be spent in a month; null if nothing limits it. */
  limitUsd: number | null
  /** Records that wait on a disk; null if there is none. */
  nUnkept: number | null
}

/** Which incidents. */
interface IncidentFilter {
  /** Open ones alone, or those that are resolved. */
  open?: boolean | null
  scope?: Scope | null
  kind?: IncidentKind | null
  severity?: Severity | null
  provider?: string | null
  model?: string | null
  targetId?: string | null
  shadow?: boolean | null
  /** Opened from a moment on, and before another. */
  since?: Date | null
  until?: Date | null
}

/**
 * Incidents and alerts: what is to be evaluated, what was decided, and who is told. Every write may be repeated.
 */
export interface AlertStore {
  // ---- evaluating

  /**
   * What is known of a target in a region, of a target everywhere, or of all that have results which were not
   * evaluated; `more` if the limit (200, if left out) left some of those out.
   */
  readAlertInputs: (input: {
    targetId?: string | null
    region?: string | null
    limit?: number
  }) => Answer<typeof alerts.targetInputs>
  /** What is known of providers: the state of each of their targets. */
  readProviderInputs: (input: { provider?: string | null }) => Answer<typeof alerts.providerInputs>
  /** What is known of the installation. */
  readSystemInputs: (input: { schedule: string; host: string }) => Answer<typeof alerts.systemInputs>
  /** What is known of models that are benchmarked, or have an open incident. */
  readModelInputs: (input: { provider?: string | null }) => Answer<typeof alerts.modelInputs>
  /** The last 45 days of targets in regions, for what changes slowly. */
  readDriftInputs: (input: PageInput) => Answer<typeof alerts.driftInputs>
  /**
   * Opens, changes and resolves incidents, and fills the outbox, all or nothing. `applied` is false, and nothing
   * changed, if the scope was evaluated since `expectedVersion`: read again and evaluate again.
   */
  applyTransitions: (input: Evaluation) => Answer<typeof alerts.appliedOutput>
  /**
   * Notes that scopes were evaluated and nothing came of it; not of those that were evaluated since the version that
   * was read.
   */
  markEvaluated: (input: {
    scopes: readonly { scope: Scope; expectedVersion: number; evaluatedUntil: Date }[]
  }) => Answer<typeof alerts.markedOutput>
  /**
   * Reminds of what is critical or major, open, and acknowledged by nobody: `everyMs` after it was last told, at
   * most `most` times. Of these incidents, or of all; but not of `maintained`: scopes of maintenance windows.
   */
  remindIncidents: (input: {
    ids?: readonly string[] | null
    everyMs: number
    most: number
    maintained?: readonly string[]
  }) => Answer<typeof alerts.remindedOutput>

  // ---- telling

  /** Every channel, those switched off too, by name. */
  readChannels: () => Answer<typeof deliveries.channelList>
  /**
   * Saves the channels of the environment; those that are gone from it are switched off. Who is new is told of what
   * is open.
   */
  saveChannels: (input: { channels: readonly Channel[] }) => Answer<typeof deliveries.savedChannels>
  /** Saves a channel that a person entered; who is new is told of what is open. */
  saveChannel: (input: Omit<Channel, 'source'>) => Answer<typeof deliveries.savedChannel>
  /** Switches a channel on, which forgets its failures, or off; and whether it is sent what changed in each week. */
  switchChannel: (input: {
    name: string
    enabled?: boolean
    weekly?: boolean
  }) => Answer<typeof deliveries.switchedChannel>
  /** Deletes a channel that a person entered; what waits for it is not sent. */
  deleteChannel: (input: { name: string }) => Answer<typeof deliveries.deletedOutput>
  /** Puts a test for a channel into the outbox. */
  testChannel: (input: { name: string; id: string }) => Answer<typeof deliveries.testedOutput>
  /** What changed in a week; of one that is not over, so far. */
  readWeek: (input: WeekInput) => Answer<typeof week>
  /**
   * Puts what changed in the last week into the outbox, for each channel that is sent that, once: from Monday 06:00
   * (UTC) on, until Thursday. `skipped` counts channels that are not told because it is too late.
   */
  queueDigests: (input: Omit<WeekInput, 'week'>) => Answer<typeof deliveries.queuedDigests>
  /** Puts what changed in any week into the outbox, for one channel. */
  sendDigest: (input: WeekInput & { name: string; id: string }) => Answer<typeof deliveries.testedOutput>
  /**
   * Claims what is due, oldest first. Of one incident and channel only the first that is neither sent, dead nor
   * replaced is due: `opened` always goes before `resolved`. If a claim is not settled in `lockMs`, its rows are due
   * again. A `resolved` that finds nothing of its incident sent to its channel replaces what waits there.
   */
  claimDeliveries: (input: {
    claimId: string
    limit: number
    lockMs: number
    /** Only of these channels, and of those that nobody could send to for a day; of all without. */
    channels?: readonly string[]
  }) => Answer<typeof deliveries.claimedDeliveries>
  /**
   * Settles what this claim holds; `settled` counts it. What waits for an `opened` that is dead is replaced: it
   * would tell of something unheard of.
   */
  settleDeliveries: (input: Settlement) => Answer<typeof deliveries.settledOutput>
  /** Deliveries, latest first. */
  listDeliveries: (
    input: Partial<PageInput> & {
      channel?: string | null
      state?: string | null
      incidentId?: string | null
    },
  ) => Answer<typeof deliveries.deliveryPage>

  // ---- incidents, for people

  /** Incidents, latest first. */
  listIncidents: (input: Partial<PageInput> & IncidentFilter) => Answer<typeof incidents.incidentPage>
  /** An incident with everything that happened to it and everybody who was told. */
  readIncident: (input: { id: string }) => Answer<typeof incidents.incidentInFull>
  /** Says that somebody takes care of it: no reminders follow. A second time changes nothing. */
  acknowledgeIncident: (input: {
    id: string
    actor: string
    note?: string | null
  }) => Answer<typeof incidents.incidentRow>
  noteIncident: (input: { id: string; actor: string; note: string }) => Answer<typeof incidents.incidentRow>
  /** Resolves it by hand: what was slow is then taken for usual. It opens again if it is judged so again. */
  resolveIncident: (input: {
    id: string
    actor: string
    note?: string | null
  }) => Answer<typeof incidents.incidentRow>

  // ---- maintenance

  /** Maintenance windows, those that are over only if asked for. */
  listMaintenance: (input: { ended?: boolean }) => Answer<typeof incidents.maintenanceList>
  saveMaintenance: (input: MaintenanceInput) => Answer<typeof incidents.savedMaintenance>
  deleteMaintenance: (input: { id: string }) => Answer<typeof deliveries.deletedOutput>
}
