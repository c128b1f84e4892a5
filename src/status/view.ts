import type { Indicator } from '../core/official-status.ts'
import { openUntil, opensNext } from '../run/maintenance.ts'
import type { StatusPage } from '../store/status-codec.ts'
import { type Story, storiesOf } from './stories.ts'
import { type Day, sumOf } from './uptime.ts'
import { counted, isProblem, type Status, worstOf } from './words.ts'

/** A component as it is shown. */
export interface Component {
  key: string
  name: string
  description: string | null
  status: Status
  /** Where it is so, if it is not so everywhere; empty otherwise. */
  where: string[]
  createdAt: Date
  /** When it was last checked, or became as it is. */
  updatedAt: Date
  days: Day[]
  typical: StatusPage['components'][number]['typical']
}

/** What a provider says of itself. */
export interface Claim {
  name: string
  /** Unknown if that cannot be read, or was read too long ago. */
  indicator: Indicator
  /** Since when, by its own account, something is wrong. */
  since: Date | null
  /** When its status page was last understood. */
  readAt: Date | null
  /** That page, for people. */
  page: string | null
}

/** Components under one name. */
export interface Group {
  key: string
  name: string
  status: Status
  /** Of how many of its components nothing is known, if that is not so of all. */
  nUnknown: number
  components: [Component, ...Component[]]
  days: Day[]
  /** Those of the providers of its components. */
  claims: Claim[]
}

/** When some components are not judged: now, or next. */
export interface Maintenance {
  id: string
  components: string[]
  isOpen: boolean
  from: Date
  until: Date | null
  createdAt: Date
}

/** The page as it is shown, in every format. */
export interface View {
  at: Date
  isSynthetic: boolean
  /** How all components are, and the sentence on top. */
  status: Status
  headline: string
  groups: Group[]
  stories: Story[]
  maintenance: Maintenance[]
}

/** What is shown of what was read; `pages`: where each provider says for people how it is. */
export function viewOf(page: StatusPage, pages: ReadonlyMap<string, string> = new Map()): View {
  const at = new Date(page.generated_at)
  const stories = storiesOf(page)
  const maintenance = page.maintenance.flatMap((each) => maintenanceOf(each, at))
  const inMaintenance = new Set(maintenance.flatMap((each) => (each.isOpen ? each.components : [])))
  const components = page.components.map((row) => ({
    group: row,
    component: componentOf(row, page, inMaintenance.has(row.key)),
  }))
  const groups = [...Map.groupBy(components, ({ group }) => group.group_key)].map(([key, some]): Group => {
    const own = some.map(({ component }) => component) as Group['components']
    const known = own.filter(({ status }) => status !== 'no_data')
    const providers = some.map(({ group }) => group.provider)
    return {
      key,
      name: some[0]?.group.group_name ?? key,
      status: wholeOf(known.map(({ status }) => status)),
      nUnknown: known.length === 0 ? 0 : own.length - known.length,
      components: own,
      days: sumByDay(own),
      claims: page.official
        .filter(({ provider }) => providers.includes(provider))
        .map((said) => claimOf(said, pages)),
    }
  })
  const all = groups.flatMap((group) => group.components)
  return {
    at,
    isSynthetic: page.synthetic,
    status: wholeOf(all.map(({ status }) => status)),
    headline: headlineOf(all, stories),
    groups,
    stories,
    maintenance,
  }
}

const claimOf = (
  { provider, name, indicator, since, ok_at: readAt }: StatusPage['official'][number],
  pages: ReadonlyMap<string, string>,
): Claim => ({
  name,
  indicator,
  since: since === null ? null : new Date(since),
  readAt: readAt === null ? null : new Date(readAt),
  page: pages.get(provider) ?? null,
})

/** How all of some are: an outage of a part is partial. */
const wholeOf = (given: readonly Status[]): Status => {
  const worst = worstOf(given)
  return worst === 'outage' && given.some((each) => each !== 'outage') ? 'partial_outage' : worst
}

function componentOf(
  row: StatusPage['components'][number],
  page: StatusPage,
  isMaintained: boolean,
): Component {
  const status = isMaintained ? 'maintenance' : statusOf(row.regions)
  const bad = row.regions.filter(({ state }) => state !== 'ok' && state !== 'no_data')
  const t0 = new Date(page.days.t0).getTime()
  const moments = row.regions.flatMap(({ since, last_check_at: last }) => [since ?? [], last ?? []].flat())
  return {
    key: row.key,
    name: row.name,
    description: row.description,
    status,
    where: bad.length < row.regions.length ? bad.flatMap(({ region }) => region ?? []) : [],
    createdAt: new Date(row.created_at),
    updatedAt: new Date(moments.toSorted().at(-1) ?? row.created_at),
    days: row.checks.map((nChecks, index) => ({
      at: new Date(t0 + index * 86_400_000),
      nChecks,
      nFailed: row.failed[index] ?? 0,
      downMinutes: row.down_minutes[index] ?? 0,
    })),
    typical: row.typical,
  }
}

/** How a component is, by its regions: only incidents that are open make it worse. */
export function statusOf(regions: readonly { state: string }[]): Status {
  const known = regions.filter(({ state }) => state !== 'no_data')
  const down = known.filter(({ state }) => state === 'down')
  if (known.length === 0) return 'no_data'
  if (down.length > 0) return down.length === known.length ? 'outage' : 'partial_outage'
  const has = (state: string) => known.some((each) => each.state === state)
  if (has('errors')) return 'errors'
  return has('slow') ? 'slow' : 'operational'
}

const sumByDay = (components: readonly Component[]): Day[] =>
  (components[0]?.days ?? []).map(({ at }, index) => ({
    at,
    ...sumOf(components.flatMap(({ days }) => days[index] ?? [])),
  }))

/** A window that is open or will open, with when. */
function maintenanceOf(window: StatusPage['maintenance'][number], at: Date): Maintenance[] {
  const { id, components, duration_minutes: minutes, created_at: createdAt } = window
  const timed = { ...window, scope: 'all' }
  const until = openUntil(timed, at)
  const known = { id, components, createdAt: new Date(createdAt) }
  const lasts = (minutes ?? 0) * 60_000
  if (until !== null) {
    const from = lasts > 0 ? new Date(until.getTime() - lasts) : new Date(window.starts_at ?? at)
    return [{ ...known, isOpen: true, from, until }]
  }
  const from = opensNext(timed, at)
  if (from === null) return []
  return [{ ...known, isOpen: false, from, until: openUntil(timed, from) }]
}

/** The sentence on top. */
function headlineOf(components: readonly Component[], stories: readonly Story[]): string {
  const n = (of: (status: Status) => boolean) => components.filter(({ status }) => of(status)).length
  const total = counted(components.length, 'model')
  const problems = n(isProblem)
  const unknown = n((status) => status === 'no_data')
  const maintained = n((status) => status === 'maintenance')
  const told = stories.find(({ kind, endedAt }) => kind === 'told' && endedAt === null)
  if (components.length === 0) return 'Nothing is measured yet'
  if (problems > 0)
    return problems === components.length && problems > 1
      ? `All ${total} have problems`
      : `${problems} of ${total} ${problems === 1 ? 'has a problem' : 'have problems'}`
  if (told !== undefined) return told.title
  if (unknown === components.length) return 'No recent data'
  if (unknown > 0) return `No known problems; no recent data of ${unknown} of ${total}`
  return maintained > 0 ? `Maintenance of ${maintained} of ${total}` : 'All systems operational'
}
