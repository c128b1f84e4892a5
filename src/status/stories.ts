import type { NoteState } from '../core/status.ts'
import type { StatusPage } from '../store/status-codec.ts'
import { listed } from './words.ts'

type Incident = StatusPage['incidents'][number]
type Note = StatusPage['notes'][number]

/** What was said of it, by the measurements (`detected`, then `resolved`) or by a person. */
export interface Update {
  id: string
  at: Date
  state: NoteState | 'detected'
  body: string
}

/** Who said it first. */
export interface Lead {
  /** The provider's. */
  name: string
  url: string | null
  /** How long after us they published it, in ms, negative if before; null if their page was not watched then. */
  leadMs: number | null
  /** When it began, by their account. */
  begunAt: Date
}

/** What the page tells as one: an incident, in all regions in which it was at once, or what a person began to tell. */
export interface Story {
  /** That of the earliest incident, or of the first note. */
  id: string
  title: string
  kind: Incident['kind'] | 'told'
  severity: Incident['severity']
  /** Keys of components. */
  components: string[]
  regions: string[]
  startedAt: Date
  endedAt: Date | null
  /** What the provider published of it, if it did. */
  claim: Lead | null
  /** In order; never empty. */
  updates: [Update, ...Update[]]
}

/** What a kind of incident is called, and what is said when it was detected. */
const kinds: Readonly<Record<Incident['kind'], { noun: string; detected: string }>> = {
  down: { noun: 'Outage', detected: 'Check after check fails.' },
  errors: { noun: 'Errors', detected: 'Some of the checks fail.' },
  slow: { noun: 'Slow answers', detected: 'Answers take much longer than they usually do.' },
  provider_wide: { noun: 'Outage of several models', detected: 'Check after check of several models fails.' },
}

/** The latest of the moments of something. */
export const updatedAt = ({ startedAt, updates }: Story): Date => updates.at(-1)?.at ?? startedAt

/** All that the page tells, open ones first, then the latest first. */
export function storiesOf(page: StatusPage): Story[] {
  const names = new Map(page.components.map((each) => [each.key, `${each.group_name}, ${each.name}`]))
  const providers = new Map(page.official.map(({ provider, name }) => [provider, name]))
  const told = page.notes.filter(({ incident_id: of }) => of === null)
  const stories = [
    ...inOneStory(page.incidents).map((incidents) => ({
      ...storyOf(incidents, page.notes, names),
      claim: leadOf(incidents, providers),
    })),
    ...told.map((first) => toldStory(first, page.notes)),
  ]
  const endOf = ({ endedAt }: Story) => endedAt?.getTime() ?? Infinity
  return stories.toSorted(
    (one, other) =>
      Number(endOf(other) === Infinity) - Number(endOf(one) === Infinity) ||
      other.startedAt.getTime() - one.startedAt.getTime() ||
      (one.id < other.id ? -1 : 1),
  )
}

const startOf = ({ started_at: at }: Incident): number => new Date(at).getTime()
const endOfIncident = ({ resolved_at: at }: Incident): number =>
  at === null ? Infinity : new Date(at).getTime()

/** Incidents of one kind and the same components that overlap: one for people, whatever the region. */
function inOneStory(incidents: readonly Incident[]): Incident[][] {
  const alike = Map.groupBy(incidents, ({ kind, components }) => [kind, ...components].join(' '))
  return [...alike.values()].flatMap((some) => {
    const stories: Incident[][] = []
    let until = -Infinity
    for (const each of some.toSorted((one, other) => startOf(one) - startOf(other))) {
      if (startOf(each) <= until) stories.at(-1)?.push(each)
      else stories.push([each])
      until = Math.max(until, endOfIncident(each))
    }
    return stories
  })
}

/** The lead of the first of them that the provider told, too. */
function leadOf(incidents: readonly Incident[], names: ReadonlyMap<string, string>): Lead | null {
  const [first] = incidents
    .filter(({ official }) => official !== null)
    .toSorted((one, other) => (new Date(one.opened_at) < new Date(other.opened_at) ? -1 : 1))
  if (first?.official === null || first === undefined) return null
  const { provider, url, lead_s: lead, claimed_lead_s: claimed } = first.official
  return {
    name: names.get(provider) ?? first.group_name,
    url,
    leadMs: lead === null ? null : lead * 1000,
    begunAt: new Date(new Date(first.opened_at).getTime() + claimed * 1000),
  }
}

function storyOf(
  incidents: Incident[],
  notes: readonly Note[],
  names: ReadonlyMap<string, string>,
): Omit<Story, 'claim'> {
  const first = incidents[0] as Incident
  const { kind, severity, components, group_name: group, started_at: startedAt } = first
  const isOpen = incidents.some(({ resolved_at: at }) => at === null)
  const endedAt = isOpen ? null : new Date(Math.max(...incidents.map(endOfIncident)))
  const ids = new Set(incidents.map(({ id }) => id))
  const of = kind === 'provider_wide' ? group : listed(components.map((key) => names.get(key) ?? key))
  const { noun, detected } = kinds[kind]
  return {
    id: first.id,
    title: `${noun}: ${of}`,
    kind,
    severity,
    components,
    regions: [...new Set(incidents.flatMap(({ region }) => region ?? []))].toSorted(),
    startedAt: new Date(startedAt),
    endedAt,
    updates: inOrder(
      { id: `${first.id}-detected`, at: new Date(first.opened_at), state: 'detected', body: detected },
      [
        ...notes.filter(({ incident_id: about }) => about !== null && ids.has(about)).map(updateOf),
        ...(endedAt === null
          ? []
          : [
              {
                id: `${first.id}-resolved`,
                at: endedAt,
                state: 'resolved' as const,
                body: 'This has ended.',
              },
            ]),
      ],
    ),
  }
}

function toldStory(first: Note, notes: readonly Note[]): Story {
  const all = [first, ...notes.filter(({ incident_id: about }) => about === first.id)]
  const last = all.at(-1) ?? first
  return {
    id: first.id,
    title: first.title ?? '',
    kind: 'told',
    severity: 'minor',
    components: [...new Set(all.flatMap(({ components }) => components))],
    regions: [],
    startedAt: new Date(first.created_at),
    endedAt: last.state === 'resolved' ? new Date(last.created_at) : null,
    claim: null,
    updates: inOrder(updateOf(first), all.slice(1).map(updateOf)),
  }
}

const updateOf = ({ id, state, body, created_at: at }: Note): Update => ({
  id,
  at: new Date(at),
  state,
  body,
})

const inOrder = (first: Update, others: readonly Update[]): [Update, ...Update[]] => [
  first,
  ...others.toSorted((one, other) => one.at.getTime() - other.at.getTime()),
]
