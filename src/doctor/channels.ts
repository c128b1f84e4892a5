import { resolve } from '../alerts/channel-settings.ts'
import type { Check } from '../core/check.ts'
import type { Channel } from '../core/incident.ts'
import { spanText } from '../core/span.ts'
import { egressProblem } from '../net/egress.ts'
import type { Environment } from '../registry/configure.ts'
import type { ChannelRecord } from '../store/delivery-codec.ts'
import { fail, ok, warn } from './check.ts'

/** What channels are judged by. */
interface ChannelParts {
  /** Those of this environment. */
  configured: readonly Channel[]
  /** Those of the database, with what became of what they were sent. */
  saved: readonly ChannelRecord[]
  /** The channel that is told what another one could not be; null if there is none. */
  fallback: string | null
  env: Environment
  egressAllow: readonly string[]
  /** The database's clock. */
  now: Date
}

/** Longer than the wait for a digest, which is an hour, in ms. */
const longestWaitMs = 90 * 60_000

/** Whether each channel has what it needs, may be reached, and took what it was sent. Nothing is sent. */
export function channelChecks({ configured, saved, fallback, env, egressAllow, now }: ChannelParts): Check[] {
  const ours = new Set(configured.map(({ name }) => name))
  const known = new Set(saved.map(({ name }) => name))
  // One that is off and from an environment that no longer has it is history.
  const told = saved.filter(({ name, source, enabled }) => enabled || source === 'entered' || ours.has(name))
  const checks = [
    ...told.map((channel) => unusable(channel, env, egressAllow) ?? healthOf(channel, now)),
    ...configured
      .filter(({ name }) => !known.has(name))
      .map(
        (channel) =>
          unusable(channel, env, egressAllow) ?? ok(nameOf(channel), `${filterOf(channel)}; not told yet`),
      ),
    ...(fallback === null || known.has(fallback) || ours.has(fallback) ? [] : [noFallback(fallback)]),
  ]
  return checks.length > 0
    ? checks
    : [ok('channels', 'none is set: incidents are shown and told to nobody (docs/alert-channels.md)')]
}

const noFallback = (name: string): Check =>
  fail('ALERT_FALLBACK', `there is no channel ${name}`, 'name one that scripts/alerts.ts channels lists')

const nameOf = ({ name }: Channel): string => `channel ${name}`

const filterOf = ({ minSeverity, kinds }: Channel): string =>
  `is told of what is ${minSeverity} or worse${kinds.length === 0 ? '' : `: ${kinds.join(', ')}`}`

/** Why a channel cannot be told from here; null if it can, or is off. */
function unusable(channel: Channel, env: Environment, egressAllow: readonly string[]): Check | null {
  if (!channel.enabled) return null
  const resolved = resolve(channel, env)
  if ('problem' in resolved) return fail(nameOf(channel), resolved.problem, howToSet)
  const { url } = channel.settings
  const refused = url === undefined ? null : egressProblem(url, egressAllow)
  return refused && fail(nameOf(channel), `may not be called: ${refused.message}`, howToAllow)
}

const howToSet = 'set it where incidents are judged: the server, or the project on Vercel'
const howToAllow = 'enter a public https address, or open its host by EGRESS_ALLOW'

/** What became of what a channel was sent. */
function healthOf(channel: ChannelRecord, now: Date): Check {
  const { enabled, disabledReason, consecutiveFailures, nDeadLately, nWaiting, waitingSince, lastSentAt } =
    channel
  const ago = (at: Date) => spanText(Math.max(0, now.getTime() - at.getTime()))
  const name = nameOf(channel)
  if (!enabled) return warn(name, `is switched off: ${disabledReason ?? 'by a person'}`, howToSwitchOn)
  const problems = [
    ...(consecutiveFailures > 0 ? [`did not take the last ${consecutiveFailures} messages`] : []),
    ...(nDeadLately > 0 ? [`${nDeadLately} messages of 24 h were given up`] : []),
    ...(waitingSince !== null && now.getTime() - waitingSince.getTime() > longestWaitMs
      ? [`${nWaiting} wait, the oldest for ${ago(waitingSince)}`]
      : []),
  ]
  if (problems.length > 0) return warn(name, problems.join('; '), howToFindOut)
  const sent = lastSentAt === null ? 'not told yet' : `last told ${ago(lastSentAt)} ago`
  return ok(name, [filterOf(channel), sent, ...(nWaiting > 0 ? [`${nWaiting} wait`] : [])].join('; '))
}

const howToSwitchOn = 'once its receiver is right, switch it on: Incidents, Channels of the dashboard'
const howToFindOut =
  'read why in Incidents, Channels of the dashboard, and try pnpm tsx scripts/alerts.ts test NAME'
