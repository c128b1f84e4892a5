import { resolve } from '../alerts/channel-settings.ts'
import { incidentText } from '../alerts/describe.ts'
import { plainLines, weekText } from '../alerts/week-words.ts'
import { asObject, toJsonText } from '../core/json.ts'
import type { App } from '../jobs/app.ts'
import { weekInput } from '../jobs/digests.ts'
import { tellNow, tellOne } from '../jobs/teller.ts'
import { type Column, formatTable, printable } from '../report/format.ts'
import { incidentsTable, minuteOf } from '../report/incidents.ts'
import { toIncident } from '../store/incident-codec.ts'
import type { Store } from '../store/store.ts'
import { type AlertsCommand, alertsFlags, alertsHelp, askedOf } from './alerts-flags.ts'
import { defineCommand } from './command.ts'
import { exitCode } from './exit-code.ts'
import { namedId } from './named-id.ts'

/** What a subcommand shows, or why it failed. */
type Done = { document: unknown; text: string; code?: number } | { problem: string }

interface Asked {
  what: string
  all: boolean
  limit: number | null
  note: string | null
  by: string
  week: string | null
  send: string | null
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

/** The incident that is meant by its id or the end of it. */
const named = (what: string, store: Store) =>
  namedId(what, async () => (await store.listIncidents({ limit: 1000 })).rows.map(({ id }) => id), {
    noun: 'incident',
    shownBy: 'list --all',
  })

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
  'WEEKLY',
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
  const table = formatTable(
    channelColumns,
    shown.map(
      ({
        name,
        kind,
        source,
        minSeverity,
        kinds,
        weekly,
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
        weekly ? 'yes' : 'no',
        lastSentAt === null ? 'never' : minuteOf(lastSentAt.toISOString()),
        String(nWaiting),
        printable(enabled ? (problem ?? 'on') : `off${disabledReason === null ? '' : `: ${disabledReason}`}`),
      ],
    ),
  )
  const unsaved = app.config.alerts.channels
    .filter(({ name }) => rows.every((row) => row.name !== name))
    .map(
      ({ name }) => `${name} is set here, and told once the server, a scheduled run or a test has saved it`,
    )
  const lines = [...(shown.length === 0 ? [] : [table]), ...unsaved]
  const text = lines.join('\n\n') || 'no channel is set: docs/alert-channels.md says how'
  return { document: { channels: shown }, text }
}

const test: Subcommand = ({ what: name }, parts) =>
  sentBy({ name, what: 'the test' }, parts, (id) => parts.store.testChannel({ name, id }))

/** Queues something for a channel, under an id, and says what became of it. */
async function sentBy(
  { name, what }: { name: string; what: string },
  { store, app }: { store: Store; app: App },
  queue: (id: string) => Promise<unknown>,
): Promise<Done> {
  const own = app.config.alerts.channels
  const { rows } = await store.readChannels()
  const others = rows.filter((each) => own.every(({ name: taken }) => taken !== each.name))
  const known = [...own, ...others]
  const channel = known.find((each) => each.name === name)
  if (channel === undefined) {
    const names = known.map((each) => each.name).toSorted()
    return { problem: `there is no channel ${name}: ${names.join(', ') || 'none is set'}` }
  }
  // What this environment lacks, the one of the server may have, which is no reason to switch it off.
  const kept = others.filter(({ source, enabled }) => source === 'environment' && enabled)
  await store.saveChannels({ channels: [...own, ...kept] })
  const id = app.uuid()
  await queue(id)
  const delivery = await tellOne(store, app, { channel: name, id })
  const isSent = delivery?.state === 'sent'
  const resolved = resolve(channel, app.env)
  const whyNot =
    'problem' in resolved
      ? `${resolved.problem}: ${what} waits for a server that can send it`
      : `did not take ${what}`
  const text = `${name} ${isSent ? `took ${what}` : (delivery?.last_error ?? whyNot)}`
  return { document: { delivery }, text: printable(text), code: isSent ? exitCode.ok : exitCode.allFailed }
}

const digest: Subcommand = async ({ week, send }, { store, app }) => {
  const asked = weekInput(app, week)
  const data = await store.readWeek(asked)
  const said = weekText(data)
  const text = printableLines(`${said.title}\n${plainLines(said)}`)
  const document = { digest: { title: said.title, lines: said.lines, data } }
  if (send === null) return { document, text }
  const sent = await sentBy({ name: send, what: `the digest of ${asked.week}` }, { store, app }, (id) =>
    store.sendDigest({ ...asked, name: send, id }),
  )
  if ('problem' in sent) return sent
  return { ...sent, document: { ...document, ...asObject(sent.document) }, text: `${text}\n\n${sent.text}` }
}

const printableLines = (text: string): string => text.split('\n').map(printable).join('\n')

const commands: Readonly<Record<AlertsCommand, Subcommand>> = {
  list,
  show,
  ack: act((store, asked) => store.acknowledgeIncident(asked)),
  note: act((store, { note, ...asked }) => store.noteIncident({ ...asked, note: note ?? '' })),
  resolve: act((store, asked) => store.resolveIncident(asked)),
  channels,
  test,
  digest,
}

/** `alerts`: shows incidents, channels and weeks, acts on an incident, sends a test or a digest. */
export const alerts = defineCommand({
  name: 'alerts',
  help: alertsHelp,
  flags: alertsFlags,
  needs: 'store',
  run: async (given, { app, store, env, streams }) => {
    const { command, what } = askedOf(given)
    const by = given.by ?? env['USER'] ?? 'command line'
    const { json, ...asked } = given
    const done = await commands[command]({ ...asked, what, by }, { store, app })
    if ('problem' in done) return done
    streams.stdout.write(json ? `${toJsonText(done.document, 2)}\n` : `${done.text}\n`)
    return done.code ?? exitCode.ok
  },
})
