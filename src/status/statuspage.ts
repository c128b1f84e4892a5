import { type Story, type Update, updatedAt } from './stories.ts'
import type { Component, Group, Maintenance, View } from './view.ts'
import { type Status, worstOf } from './words.ts'

// The answers of /api/v2 as Atlassian Statuspage gives them, for the tools that read those.

/** What its components can be: it has no word for what is not known, so such components are left out. */
const componentStatus: Readonly<Record<Status, string | null>> = {
  operational: 'operational',
  no_data: null,
  maintenance: 'under_maintenance',
  slow: 'degraded_performance',
  errors: 'partial_outage',
  partial_outage: 'partial_outage',
  outage: 'major_outage',
}

const impacts = { info: 'none', minor: 'minor', major: 'major', critical: 'critical' } as const

/** Which installation answers. */
export interface Site {
  title: string
  /** Where it is, such as `https://status.example`. */
  base: string
}

const pageId = 'firsttoken'

const pageOf = (view: View, { title, base }: Site) => ({
  id: pageId,
  name: title,
  url: `${base}/status`,
  time_zone: 'Etc/UTC',
  updated_at: view.at.toISOString(),
})

/** How bad it is: an outage of everything is critical, one of a part is major. */
function indicatorOf({ groups, stories }: View): 'none' | 'minor' | 'major' | 'critical' | 'maintenance' {
  const all = groups.flatMap(({ components }) => components.map(({ status }) => status))
  const has = (...some: Status[]) => all.some((each) => some.includes(each))
  if (all.length > 0 && all.every((status) => status === 'outage')) return 'critical'
  if (has('outage', 'partial_outage')) return 'major'
  if (has('errors', 'slow') || stories.some(({ endedAt }) => endedAt === null)) return 'minor'
  return has('maintenance') ? 'maintenance' : 'none'
}

const statusOf = (view: View) => ({ indicator: indicatorOf(view), description: view.headline })

const componentOf = (
  { key, name, description, status, createdAt, updatedAt: changedAt }: Component,
  { group, position }: { group: Group; position: number },
) => ({
  id: key,
  name,
  status: componentStatus[status] ?? '',
  created_at: createdAt.toISOString(),
  updated_at: changedAt.toISOString(),
  position,
  description,
  showcase: false,
  start_date: createdAt.toISOString().slice(0, 10),
  group_id: group.key,
  page_id: pageId,
  group: false,
  only_show_if_degraded: false,
})

/** Groups are components, too, which name those that are in them. */
function componentsOf(view: View) {
  return view.groups.flatMap((group, index) => {
    const known = group.components.filter(({ status }) => componentStatus[status] !== null)
    const [first] = known
    if (first === undefined) return []
    const parts = known.map((each, at) => componentOf(each, { group, position: at + 1 }))
    const whole = {
      ...componentOf(
        {
          ...first,
          key: group.key,
          name: group.name,
          status: worstOf(known.map(({ status }) => status)),
          description: null,
        },
        { group, position: index + 1 },
      ),
      group_id: null,
      group: true,
      components: parts.map(({ id }) => id),
    }
    return [whole, ...parts]
  })
}

/** A component, or a group of them, as the documents have it. */
type Shown = ReturnType<typeof componentsOf>[number]

const updateOf = ({ id, at, state, body }: Update, { id: incident }: Story) => ({
  id,
  status: state === 'detected' ? 'investigating' : state,
  body,
  incident_id: incident,
  created_at: at.toISOString(),
  updated_at: at.toISOString(),
  display_at: at.toISOString(),
  affected_components: null,
  deliver_notifications: false,
  custom_tweet: null,
  tweet_id: null,
})

function incidentOf(story: Story, known: readonly Shown[], { base }: Site) {
  const { id, title, severity, startedAt, endedAt, updates } = story
  const said = updates.toReversed().map((each) => updateOf(each, story))
  const open = said.find(({ status }) => status !== 'resolved')?.status ?? 'investigating'
  return {
    id,
    name: title,
    status: endedAt === null ? open : 'resolved',
    created_at: startedAt.toISOString(),
    updated_at: updatedAt(story).toISOString(),
    monitoring_at: updates.findLast(({ state }) => state === 'monitoring')?.at.toISOString() ?? null,
    resolved_at: endedAt?.toISOString() ?? null,
    impact: impacts[severity],
    shortlink: `${base}/status#${id}`,
    started_at: startedAt.toISOString(),
    page_id: pageId,
    incident_updates: said,
    components: known.filter((each) => !each.group && story.components.includes(each.id)),
  }
}

const maintenanceOf = (
  { id, components, isOpen, from, until, createdAt }: Maintenance,
  known: readonly Shown[],
  { base }: Site,
) => ({
  id,
  name: 'Maintenance',
  status: isOpen ? 'in_progress' : 'scheduled',
  created_at: createdAt.toISOString(),
  updated_at: createdAt.toISOString(),
  monitoring_at: null,
  resolved_at: null,
  impact: 'maintenance',
  shortlink: `${base}/status`,
  started_at: from.toISOString(),
  page_id: pageId,
  incident_updates: [],
  components: known.filter((each) => !each.group && components.includes(each.id)),
  scheduled_for: from.toISOString(),
  scheduled_until: (until ?? from).toISOString(),
})

/** The documents, by their names in the path. */
export const statuspageDocuments = {
  'summary.json': (view: View, site: Site) => {
    const components = componentsOf(view)
    return {
      page: pageOf(view, site),
      components,
      incidents: view.stories
        .filter(({ endedAt }) => endedAt === null)
        .map((story) => incidentOf(story, components, site)),
      scheduled_maintenances: view.maintenance.map((each) => maintenanceOf(each, components, site)),
      status: statusOf(view),
    }
  },
  'status.json': (view: View, site: Site) => ({ page: pageOf(view, site), status: statusOf(view) }),
  'components.json': (view: View, site: Site) => ({
    page: pageOf(view, site),
    components: componentsOf(view),
  }),
  'incidents.json': (view: View, site: Site) => {
    const components = componentsOf(view)
    return {
      page: pageOf(view, site),
      incidents: view.stories.slice(0, 50).map((story) => incidentOf(story, components, site)),
    }
  },
} as const
