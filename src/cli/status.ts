import type { NoteState } from '../core/status.ts'
import { toJsonText } from '../core/json.ts'
import type { App } from '../jobs/app.ts'
import { type Column, formatTable, printable, shortened } from '../report/format.ts'
import { minuteOf, shortId } from '../report/incidents.ts'
import type { Store } from '../store/store.ts'
import { defineCommand } from './command.ts'
import { exitCode } from './exit-code.ts'
import { namedId } from './named-id.ts'
import { statusAsked, type StatusCommand, statusFlags, statusHelp } from './status-flags.ts'

/** What a subcommand shows, or why it failed. */
type Done = { document: unknown; text: string } | { problem: string }

interface Asked {
  what: string
  title: string | null
  body: string | null
  state: NoteState | null
  components: string[]
  incident: string | null
  limit: number | null
  by: string
}

type Subcommand = (asked: Asked, parts: { store: Store; app: App }) => Promise<Done>

const columnsOf = (...titles: string[]): Column[] => titles.map((title) => ({ title, align: 'left' }))
const componentColumns = columnsOf('COMPONENT', 'NAME', 'GROUP', 'PLACE', 'SHOWN')
const noteColumns = columnsOf('NOTE', 'WRITTEN (UTC)', 'BY', 'STATE', 'ON', 'WHAT')
/** A note is a line of a list. */
const longestText = 72

const list: Subcommand = async ({ limit }, { store }) => {
  const { rows: components } = await store.listStatusComponents()
  const { rows: notes, next } = await store.listStatusNotes({ limit: limit ?? 50 })
  const componentRows = components.map(({ key, name, group_name: group, position, shown, hidden }) => [
    key,
    printable(name ?? ''),
    printable(group ?? ''),
    String(position ?? ''),
    shown ? 'yes' : hidden ? 'hidden' : 'no',
  ])
  const noteRows = notes.map(({ id, incident_id: of, state, title, body, author, created_at: at }) => [
    shortId(id),
    minuteOf(at),
    printable(author),
    state,
    of === null ? '' : shortId(of),
    shortened(printable([title ?? [], body].flat().join(': ').replaceAll('\n', ' ')), longestText),
  ])
  const lines = [
    components.length === 0
      ? 'there is no component: no target is active'
      : formatTable(componentColumns, componentRows),
    notes.length === 0 ? 'there is no note' : formatTable(noteColumns, noteRows),
    ...(next === null ? [] : ['there are more notes; --limit shows them']),
  ]
  return { document: { components, notes }, text: lines.join('\n\n') }
}

const note: Subcommand = async ({ title, body, state, components, incident, by }, { store, app }) => {
  const on = incident === null ? null : await namedId(incident, () => notable(store), toBeNoted)
  if (on !== null && 'problem' in on) return on
  const id = app.uuid()
  await store.saveStatusNote({
    id,
    incidentId: on?.id ?? null,
    state: state ?? 'investigating',
    title,
    body: body ?? '',
    components,
    author: by,
  })
  const where =
    app.web.status === null
      ? 'nobody sees it: STATUS_PAGE=public shows the page'
      : 'on the page within half a minute'
  return { document: { note: { id } }, text: `${shortId(id)} is written, ${where}` }
}

const toBeNoted = { noun: 'incident or note', shownBy: 'alerts.ts list, or status.ts list,' }

/** What a note can be on: incidents that the page tells, and notes that began something. */
async function notable(store: Store): Promise<string[]> {
  const { incidents, notes } = await store.statusPage()
  return [...incidents, ...notes.filter(({ incident_id: of }) => of === null)].map(({ id }) => id)
}

const remove: Subcommand = async ({ what }, { store }) => {
  const listed = async () => (await store.listStatusNotes({ limit: 200 })).rows.map(({ id }) => id)
  const of = await namedId(what, listed, { noun: 'note', shownBy: 'list' })
  if ('problem' in of) return of
  const { deleted } = await store.deleteStatusNote(of)
  return deleted
    ? { document: { deleted: of.id }, text: `${shortId(of.id)} is gone` }
    : { problem: `there is no note ${what}: list shows them` }
}

const commands: Readonly<Record<StatusCommand, Subcommand>> = { list, note, delete: remove }

/** `status`: shows what the public status page can show, writes notes on it and takes them back. */
export const status = defineCommand({
  name: 'status',
  help: statusHelp,
  flags: statusFlags,
  needs: 'store',
  run: async ({ json, ...given }, { app, store, env, streams }) => {
    const { command, what } = statusAsked({ json, ...given })
    const by = given.by ?? env['USER'] ?? 'command line'
    const done = await commands[command]({ ...given, what, by }, { store, app })
    if ('problem' in done) return done
    streams.stdout.write(json ? `${toJsonText(done.document, 2)}\n` : `${done.text}\n`)
    return exitCode.ok
  },
})
