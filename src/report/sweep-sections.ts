import type { SweptLevel } from './describe-sweep.ts'
import { html, type Markup } from './html.ts'
import type { AboutSweep, Section } from './sweep-data.ts'
import { type Figure, figureHtml } from './sweep-figure.ts'
import { type Entry, type Group, isOpen } from './sweep-groups.ts'
import { errorsTable, levelsTable, percentilesTable } from './sweep-table.ts'
import { definitions, doubtsOf } from './sweep-words.ts'

/** The library that draws is large: only who makes a page loads it. */
const loadCharts = async () => ({
  ...(await import('./sweep-charts.ts')),
  ...(await import('./sweep-context.ts')),
  ...(await import('./sweep-requests.ts')),
})

type Charts = Awaited<ReturnType<typeof loadCharts>>

/** What the figures of a page are made from. */
interface Drawn {
  groups: readonly Group[]
  /** Groups that are drawn; the tables have them all. */
  shown: readonly Group[]
  charts: Charts
}

/** The sections of a report, but for how the sweep was made. */
export async function sectionsOf(
  groups: readonly Group[],
  levels: readonly SweptLevel[],
  { objectives }: Pick<AboutSweep, 'objectives'>,
): Promise<Section[]> {
  const charts = await loadCharts()
  const drawn = { groups, shown: groups.slice(0, charts.mostGroups), charts }
  const judged = Object.keys(objectives).length > 0
  const failures = errorsTable(groups)
  return [
    throughputSection(drawn),
    {
      id: 'levels',
      title: 'Levels',
      intro:
        'Small print is the 95 % interval of the number before it; “?” is an end that the sample is too small to have.',
      body: html`${groups.map((group) => html`<div class="group">${groups.length > 1 ? html`<h3 class="of">${group.called}</h3>` : null}${levelsTable(group, groups, objectives)}</div>`)}`,
    },
    percentilesSection(drawn, judged),
    contextSection(drawn),
    lanesSection(drawn),
    {
      id: 'failures',
      title: 'Failures',
      intro: failures === null ? 'No request failed.' : null,
      body: html`${failures}`,
    },
    {
      id: 'doubts',
      title: 'What to distrust',
      intro: null,
      body: html`<ul class="points">
        ${doubtsOf(groups, levels).map((doubt) => html`<li>${doubt}</li>`)}
      </ul>`,
    },
    {
      id: 'words',
      title: 'What the words mean',
      intro: null,
      body: html`<dl class="words-list">
        ${definitions.map(
          ([word, meaning]) =>
            html`<dt>${word}</dt>
              <dd>${meaning}</dd>`,
        )}
      </dl>`,
    },
  ].filter((section) => section !== null)
}

const figuresHtml = (figures: readonly Figure[], kind = ''): Markup =>
  html`<div class="figures${kind}">${figures.map(figureHtml)}</div>`

const leftOut = ({ groups, shown }: Drawn): string =>
  groups.length === shown.length ? '' : ` ${shown.length} of ${groups.length} are drawn; the tables have all.`

/** A line needs two points. */
const hasCurve = ({ entries }: Group): boolean => entries.filter(({ report }) => report !== null).length > 1

function throughputSection(drawn: Drawn): Section | null {
  const { charts, shown } = drawn
  if (!shown.some(hasCurve)) return null
  const what = isOpen(shown) ? 'the rate that was asked for' : 'how many requests were in flight'
  const figures = [
    charts.throughputFigure(shown, { name: 'ttftMs', title: 'TTFT' }),
    charts.throughputFigure(shown, { name: 'totalLatencyMs', title: 'latency' }),
  ]
  return {
    id: 'throughput',
    title: 'Throughput against waiting',
    intro: `Further right is more work done, higher is longer waiting. Each point is a level, labelled with ${what}; whiskers are 95 % intervals. A hollow point is not ranked: this machine was its limit.${leftOut(drawn)}`,
    body: figuresHtml(figures, ' large'),
  }
}

const times = [
  { name: 'ttftMs', title: 'TTFT' },
  { name: 'totalLatencyMs', title: 'Latency' },
  { name: 'tpotMs', title: 'Time per output token' },
] as const

function percentilesSection(drawn: Drawn, judged: boolean): Section {
  const { groups, shown, charts } = drawn
  const figures = (group: Group) => [
    ...times.map((time) => charts.percentileFigure(group, time)),
    charts.gapFigure(group),
    ...(judged ? [charts.goodputFigure(group)] : []),
  ]
  return {
    id: 'percentiles',
    title: 'Percentiles at each level',
    intro: `Whiskers are 95 % intervals; a dotted end is open, because the sample is too small to have it. Of the gaps between tokens each request gives its median and its 95th percentile.${leftOut(drawn)}`,
    body: html`${shown.map(
      (group) =>
        html`<div class="group">
          ${groups.length > 1 ? html`<h3 class="of">${group.called}</h3>` : null}${
            hasCurve(group)
              ? figuresHtml(figures(group))
              : group.entries.map((entry) => percentilesTable(entry))
          }
        </div>`,
    )}`,
  }
}

function contextSection({ groups, charts }: Drawn): Section | null {
  const targets = [...Map.groupBy(groups, ({ target }) => target).values()]
  const tiered = targets.filter((tiers) => tiers.length > 1).slice(0, charts.mostGroups)
  return tiered.length === 0
    ? null
    : {
        id: 'context',
        title: 'TTFT against context',
        intro: 'What a longer prompt costs before the first token, at some of the loads.',
        body: figuresHtml(tiered.map(charts.contextFigure)),
      }
}

/** Levels whose requests are drawn. */
const mostLanes = 12

function lanesSection({ groups, charts }: Drawn): Section | null {
  const all = groups.flatMap((group) => group.entries.map((entry) => ({ group, entry })))
  const made = all.filter(({ entry }) => entry.rows.length > 0)
  if (made.length === 0) return null
  const shown = charts.evenly(made, mostLanes)
  const legend: [string, string][] = [
    ['waits', 'due, not sent yet'],
    ['s7', 'to the first token'],
    ['s1', 'streaming'],
    ['fails', 'failed'],
  ]
  const left = shown.length < made.length ? ` ${shown.length} of ${made.length} levels are drawn.` : ''
  return {
    id: 'requests',
    title: 'Requests over time',
    intro: `A bar is a request, a lane has one at a time; pale ones are warm-ups.${left}`,
    body: html`<ul class="legend areas">
        ${legend.map(([mark, name]) => html`<li class="${mark}">${name}</li>`)}
      </ul>
      <div class="figures">
        ${shown.map(({ group, entry }) => laneFigure(charts, { group, entry, levels: shown.length, named: groups.length > 1 }))}
      </div>`,
  }
}

function laneFigure(
  { lanesFigure }: Charts,
  { group, entry, levels, named }: { group: Group; entry: Entry; levels: number; named: boolean },
): Markup {
  const figure = lanesFigure(group, entry, levels)
  return figureHtml(named ? { ...figure, title: `${figure.title}, ${group.called}` } : figure)
}
