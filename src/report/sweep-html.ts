import { createHash } from 'node:crypto'
import { version } from '../core/version.ts'
import type { SweptLevel } from './describe-sweep.ts'
import { html, Markup } from './html.ts'
import type { AboutSweep, Section, SweepData, SweepRun } from './sweep-data.ts'
import { factsSection } from './sweep-facts.ts'
import { type Group, groupsOf } from './sweep-groups.ts'
import { sectionsOf } from './sweep-sections.ts'
import { statsOf } from './sweep-stats.ts'
import { sweepStyle } from './sweep-style.ts'
import { verdictOf } from './sweep-words.ts'

/**
 * The report of a sweep as one page of HTML, which needs no network and no script. Whatever providers wrote is
 * escaped, and its policy lets nothing be loaded or run.
 */
export async function sweepHtml(
  sweep: SweepData,
  described: readonly SweptLevel[],
  about: AboutSweep,
): Promise<string> {
  const groups = groupsOf(described, sweep.rows)
  const sections = [...(await sectionsOf(groups, described, about)), factsSection(sweep, groups, about)]
  return pageOf(
    titleOf(groups),
    html`${headerOf(sweep, groups, about)}${contentsOf(sections)}
      <main>${sections.map(sectionHtml)}</main>
      <footer>
        firsttoken ${version} · run ${sweep.run.id} · this page loads nothing and runs no script
      </footer>`,
  )
}

const titleOf = (groups: readonly Group[]): string => {
  const targets = [...new Set(groups.map(({ target }) => target))]
  const [first = 'A sweep'] = targets
  return targets.length > 2 ? `${first} and ${targets.length - 1} more` : targets.join(' and ') || first
}

function pageOf(title: string, body: Markup): string {
  const hash = createHash('sha256').update(sweepStyle).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
  // Escaped it would not be the style whose hash the policy names; nothing in it is anybody else's.
  const style = new Markup(`<style>${sweepStyle}</style>`)
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content="${policy}" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>${title} under load</title>
      ${style}
    </head>
    <body>
      ${body}
    </body>
  </html>`
  return `<!doctype html>\n${page.text}\n`
}

function headerOf({ run, rows }: SweepData, groups: readonly Group[], about: AboutSweep): Markup {
  const { objectives, found = [] } = about
  const flags = [
    ...(run.synthetic ? ['Synthetic results: no real provider was called.'] : []),
    ...(run.status === 'finished' ? [] : [`This sweep is ${run.status}: it shows what was measured.`]),
    ...(run.n_skipped > 0
      ? [`${run.n_skipped} of ${run.n_probes} calls were not made${reasonsOf(run)}.`]
      : []),
  ]
  return html` <header>
    <p class="top">
      <span><b>firsttoken</b> load sweep</span
      ><time datetime="${run.started_at}">${whenOf(run.started_at)}</time>
    </p>
    <h1>${titleOf(groups)} under load</h1>
    ${verdictOf(groups).map((text) => html`<p class="verdict">${text}</p>`)}
    ${found.map((text) => html`<p class="verdict">${text}</p>`)}
    ${flags.map((flag) => html`<p class="flag">${flag}</p>`)}
    <dl class="stats">
      ${statsOf(groups, { run, rows, judged: Object.keys(objectives).length > 0 }).map(
        ([name, value, ground]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}<small>${ground}</small></dd>
          </div>`,
      )}
    </dl>
  </header>`
}

const whenOf = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`

const reasonsOf = ({ skip_reasons = {} }: SweepRun): string => {
  const reasons = Object.entries(skip_reasons).map(([reason, count]) => `${reason} ${count}`)
  return reasons.length === 0 ? '' : ` (${reasons.join(', ')})`
}

const contentsOf = (sections: readonly Section[]): Markup =>
  html`<nav aria-label="Contents">
    ${sections.map(({ id, title }) => html`<a href="#${id}">${title}</a>`)}
  </nav>`

const sectionHtml = ({ id, title, intro, body }: Section): Markup =>
  html` <section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${intro === null ? null : html`<p>${intro}</p>`}${body}
  </section>`
