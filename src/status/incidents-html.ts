import { type Content, html } from '../report/html.ts'
import { leadHtml } from './official-html.ts'
import type { Story, Update } from './stories.ts'
import type { Maintenance, View } from './view.ts'
import { dayText, durationText, listed, longDayText, momentText, timeText } from './words.ts'

/** How many days are told one by one; the feeds have all. */
const toldDays = 14
/** How many of a day are all shown at once; of more, those after the first few are folded. */
const mostOfDay = { shown: 6, first: 4 }
const dayMs = 86_400_000

const stateNames: Readonly<Record<Update['state'], string>> = {
  detected: 'Detected',
  investigating: 'Investigating',
  identified: 'Identified',
  monitoring: 'Monitoring',
  resolved: 'Resolved',
}

/** What is not over, the first thing under the headline. */
export function openStories(view: View): Content {
  const open = view.stories.filter(({ endedAt }) => endedAt === null)
  if (open.length === 0) return null
  return html`<section class="open">
    <h2>Now</h2>
    ${open.map((story) => storyHtml(story, view))}
  </section>`
}

/** Maintenance that is open, or will be. */
export function plannedMaintenance(view: View): Content {
  if (view.maintenance.length === 0) return null
  return html`<section class="maintained">
    <h2>Maintenance</h2>
    ${view.maintenance.map((each) => maintenanceHtml(each, view))}
  </section>`
}

/** What is over, by the day on which it began. */
export function incidentsHtml(view: View): Content {
  const past = view.stories.filter(({ endedAt }) => endedAt !== null)
  const today = Math.floor(view.at.getTime() / dayMs)
  const byDay = Map.groupBy(past, ({ startedAt }) => Math.floor(startedAt.getTime() / dayMs))
  const days = [...Array(toldDays).keys()].map((index) => ({
    day: today - index,
    stories: byDay.get(today - index) ?? [],
  }))
  const older = past.filter(
    ({ startedAt }) => Math.floor(startedAt.getTime() / dayMs) <= today - toldDays,
  ).length
  return html`<section class="past">
    <h2>Past incidents</h2>
    ${alike(days).map(({ from, to, stories }) =>
      stories.length === 0
        ? html`<div class="day quiet">
            <h3>${from === to ? longDay(from) : `${shortDay(to)} to ${longDay(from)}`}</h3>
            <p>
              ${view.stories.some((story) => touches(story, from, to)) ? 'No new incidents' : 'No incidents'}
            </p>
          </div>`
        : html`<div class="day">
            <h3>${longDay(from)}</h3>
            ${dayHtml(stories, view)}
          </div>`,
    )}
    ${older === 0 ? null : html`<p class="older">${older} more in 90 days: <a href="/status/history.atom">Atom</a>, <a href="/status/history.rss">RSS</a>, <a href="/api/v2/incidents.json">JSON</a>.</p>`}
  </section>`
}

/** The stories of a day. */
function dayHtml(stories: readonly Story[], view: View): Content {
  const isLong = stories.length > mostOfDay.shown
  const first = isLong ? stories.slice(0, mostOfDay.first) : stories
  const rest = stories.slice(first.length)
  const shown = (some: readonly Story[]) => some.map((story) => storyHtml(story, view))
  if (!isLong) return shown(first)
  return html`${shown(first)}
    <details class="rest">
      <summary>${rest.length} more of this day</summary>
      ${shown(rest)}
    </details>`
}

/** Whether something was, at some moment of these days. */
const touches = ({ startedAt, endedAt }: Story, from: number, to: number): boolean =>
  startedAt.getTime() < (from + 1) * dayMs && (endedAt?.getTime() ?? Infinity) >= to * dayMs

const longDay = (day: number): string => longDayText(new Date(day * dayMs))
const shortDay = (day: number): string => dayText(new Date(day * dayMs))

/** Days in which nothing was, put together as long as they follow each other. */
function alike(days: readonly { day: number; stories: Story[] }[]) {
  const found: { from: number; to: number; stories: Story[] }[] = []
  for (const { day, stories } of days) {
    const last = found.at(-1)
    if (stories.length === 0 && last?.stories.length === 0) last.to = day
    else found.push({ from: day, to: day, stories })
  }
  return found
}

/** `24 Nov, 01:47 to 02:33`, the second day only if it is another. */
const spanText = (from: Date, until: Date): string =>
  `${momentText(from)} to ${dayText(from) === dayText(until) ? timeText(until) : momentText(until)}`

function storyHtml(story: Story, view: View): Content {
  const { id, title, severity, startedAt, endedAt, regions, claim, updates } = story
  const end = endedAt ?? view.at
  const lasted = durationText(end.getTime() - startedAt.getTime())
  const when =
    endedAt === null
      ? `Since ${momentText(startedAt)}, for ${lasted}`
      : `${spanText(startedAt, endedAt)}, ${lasted}`
  const about = story.kind === 'told' ? namesOf(story.components, view) : []
  return html`<article class="story ${severity}" id="${id}">
    ${endedAt === null ? html`<h3><bdi>${title}</bdi></h3>` : html`<h4><bdi>${title}</bdi></h4>`}
    <p class="when">${when}${regions.length === 0 ? null : ` · in ${listed(regions)}`}</p>
    ${about.length === 0 ? null : html`<p class="about">About ${listed(about)}</p>`}
    ${claim === null ? null : leadHtml(claim)} ${updatesHtml(updates, endedAt === null)}
  </article>`
}

/** What was said, the latest first; of an incident that is over and of which nobody said anything, nothing. */
function updatesHtml(updates: readonly Update[], isOpen: boolean): Content {
  const isSilent = updates.every(({ id }) => /-(detected|resolved)$/.test(id))
  if (isSilent && !isOpen) return null
  return html`<ol class="updates">
    ${updates.toReversed().map(
      ({ state, at, body }) =>
        html`<li>
          <b>${stateNames[state]}</b> <time datetime="${at.toISOString()}">${momentText(at)}</time>
          <p>${body}</p>
        </li>`,
    )}
  </ol>`
}

const namesOf = (keys: readonly string[], { groups }: View): string[] =>
  groups.flatMap(({ components }) =>
    components.filter(({ key }) => keys.includes(key)).map(({ name }) => name),
  )

function maintenanceHtml({ components, isOpen, from, until }: Maintenance, view: View): Content {
  const names = namesOf(components, view)
  const whole = view.groups.find((group) => group.components.every(({ key }) => components.includes(key)))
  const all = view.groups.flatMap((group) => group.components)
  const of =
    names.length === all.length
      ? 'all models'
      : whole?.components.length === names.length
        ? whole.name
        : listed(names)
  return html`<article class="story">
    <h3>Maintenance of <bdi>${of}</bdi></h3>
    <p class="when">
      ${isOpen ? 'Now' : 'Planned'}: ${until === null ? momentText(from) : spanText(from, until)}. Checks do
      not count meanwhile.
    </p>
  </article>`
}
