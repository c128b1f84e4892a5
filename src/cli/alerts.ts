import { resolve } from '../alerts/channel-settings.ts'
import { incidentText } from '../alerts/describe.ts'
import { toJsonText } from '../core/json.ts'
import type { App } from '../jobs/app.ts'
import { openTeller, tellNow } from '../jobs/teller.ts'
import { type Column, formatTable, printable } from '../report/format.ts'
import { incidentsTable, minuteOf } from '../report/incidents.ts'
import { toIncident } from '../store/incident-codec.ts'
import type { Store } from '../store/store.ts'
import { type AlertsCommand, alertsFlags, alertsHelp, askedOf } from './alerts-flags.ts'
import { defineCommand } from './command.ts'
import { exitCode } from './exit-code.ts'

/** What a subcommand shows, or why it failed. */
type Done = { document: unknown; text: string; code?: number } | { problem: string }

interface Asked {
  what: string
  all: boolean
  limit: number | null
  note: string | null
  by: string
}

type Subcommand = (asked: Asked, parts: { store: Store; app: App }) => Promise<Done>

type Row = Parameters<typeof toIncident>[0]
const told = <Given extends Row>(row: Given) => ({ ...row, ...incidentText(toIncident(row)) })

const list: Subcommand = async ({ all, limit }, { store }) => {
  const { rows, next } = await store.listIncidents({ open: all ? null : true, limit: limit ?? 50 })
  const incidents = rows.map(told)
  const none = all ? 'there was no incident' : 'no incident is open'
  const lines = [
    incidents.length === 0 ? none : incidentsTable(incidents),
    ...(next === null ? [] : ['there are more; --limit shows them']),
  ]
  return { document: { incidents }, text: lines.join('\n\n') }
}

/** The incident that a name means, which is its id or the end of it; or why it means none. */
async function named(what: string, store: Store): Promise<{ id: string } | { problem: string }> {
  if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(what)) return { id: what }
  const { rows } = await store.listIncidents({ limit: 1000 })
  const [found, other] = rows.filter(({ id }) => id.endsWith(what.toLowerCase()))
  if (found === undefined) return { problem: `there is no incident ${what}: list --all shows them` }
  return other === undefined ? { id: found.id } : { problem: `more than one incident ends with ${what}` }
}

const show: Subcommand = async ({ what }, { store }) => {
  const of = await named(what, store)
  if ('problem' in of) return of
  const { incident, events, deliveries, children } = await store.readIncident(of)
  const shown = told(incident)
  const text = [
    incidentsTable([shown]),
    printable(shown.text.replaceAll('\n', ' ')),
    ...events.map(({ at, type, actor, detail }) =>
      [minuteOf(at), type, ...(actor === null ? [] : [`by ${actor}`]), ...noteIn(detail)]
        .map(printable)
        .join(' '),
    ),
    ...deliveries.map(({ channel, event, state, sent_at, last_error }) =>
      printable(
        [channel, event, state, sent_at === null ? '' : minuteOf(sent_at), last_error ?? ''].join(' ').trim(),
      ),
    ),
  ]
  return {
    document: { incident: shown, events, deliveries, children: children.map(told) },
    text: text.join('\n'),
  }
}

const noteIn = ({ note }: Record<string, unknown>): string[] =>
  typeof note === 'string' ? [`"${note}"`] : []

const act =
  (
    change: (store: Store, asked: { id: string; actor: string; note: string | null }) => Promise<Row>,
  ): Subcommand =>
  async ({ what, by, note }, { store, app }) => {
    const of = await named(what, store)
    if ('problem' in of) return of
    const incident = told(await change(store, { ...of, actor: by, note }))
    await tellNow(store, app)
    return { document: { incident }, text: incidentsTable([incident]) }
  }

const channelColumns: Column[] = [
  'CHANNEL',
  'KIND',
  'FROM',
  'TOLD OF',
  'LAST SENT (UTC)',
  'WAITING',
  'STATE',
].map((title) => ({ title, align: title === 'WAITING' ? 'right' : 'left' }))

const channels: Subcommand = async (_, { store, app }) => {
  const { rows } = await store.readChannels()
  const shown = rows.map((channel) => {
    const resolved = resolve(channel, app.env)
    const problem = 'problem' in resolved ? resolved.problem : null
    return { ...channel, problem }
  })
  const text =
    shown.length === 0
      ? 'no channel is set: docs/alerts.md says how'
      : formatTable(
          channelColumns,
          shown.map(
            ({
              name,
              kind,
              source,
              minSeverity,
              kinds,
              lastSentAt,
              nWaiting,
              enabled,
              disabledReason,
              problem,
            }) => [
              printable(name),
              kind,
              source,
              `${minSeverity} or worse${kinds.length === 0 ? '' : `: ${kinds.join(', ')}`}`,
              lastSentAt === null ? 'never' : minuteOf(lastSentAt.toISOString()),
              String(nWaiting),
              printable(
                enabled ? (problem ?? 'on') : `off${disabledReason === null ? '' : `: ${disabledReason}`}`,
              ),
            ],
          ),
        )
  return { document: { channels: shown }, text }
}

const test: Subcommand = async ({ what }, { store, app }) => {
  await store.saveChannels({ channels: app.config.alerts.channels })
  const { rows } = await store.readChannels()
  if (!rows.some(({ name }) => name === what))
    return {
      problem: `there is no channel ${what}: ${rows.map(({ name }) => name).join(', ') || 'none is set'}`,
    }
  const id = app.uuid()
  await store.testChannel({ name: what, id })
  await openTeller(store, app).tell()
  const delivery = (await store.listDeliveries({ channel: what, limit: 50 })).rows.find(
    (row) => row.id === id,
  )
  const isSent = delivery?.state === 'sent'
  const text = isSent ? `${what} took the test` : `${what} ${delivery?.last_error ?? 'did not take the test'}`
  return { document: { delivery }, text: printable(text), code: isSent ? exitCode.ok : exitCode.allFailed }
}

const commands: Readonly<Record<AlertsCommand, Subcommand>> = {
  list,
  show,
  ack: act((store, asked) => store.acknowledgeIncident(asked)),
  note: act((store, { note, ...asked }) => store.noteIncident({ ...asked, note: note ?? '' })),
  resolve: act((store, asked) => store.resolveIncident(asked)),
  channels,
  test,
}

/** `alerts`: shows incidents and channels, acts on an incident, sends a test. */
export const alerts = defineCommand({
  name: 'alerts',
  help: alertsHelp,
  flags: alertsFlags,
  needs: 'store',
  run: async (given, { app, store, env, streams }) => {
    const { command, what } = askedOf(given)
    const by = given.by ?? env['USER'] ?? 'command line'
    const { all, limit, note, json } = given
    const done = await commands[command]({ what, all, limit, note, by }, { store, app })
    if ('problem' in done) return done
    streams.stdout.write(json ? `${toJsonText(done.document, 2)}\n` : `${done.text}\n`)
    return done.code ?? exitCode.ok
  },
})
