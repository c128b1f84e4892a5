import { type Content, html, Markup } from '../report/html.ts'
import { barsOf, daysInWords } from './bars.ts'
import { incidentsHtml, openStories, plannedMaintenance } from './incidents-html.ts'
import { claimsHtml } from './official-html.ts'
import { statusStyle } from './style.ts'
import { sumOf, uptimeText } from './uptime.ts'
import type { Component, Group, View } from './view.ts'
import { counted, isProblem, type Status, statusNames, timeText, longDayText } from './words.ts'

/** How an installation presents itself. */
export interface Presentation {
  title: string
  logoUrl: string | null
}

/** A mark beside a word, of another shape for each kind of state. */
const markOf = (status: Status): Markup => {
  const shapes: Record<Status, string> = {
    operational: '<circle cx="8" cy="8" r="7"/><path class="sign" d="m4.8 8.2 2.2 2.2 4.2-4.6"/>',
    no_data: '<circle cx="8" cy="8" r="6" class="hollow"/>',
    maintenance: '<rect x="1.5" y="1.5" width="13" height="13" rx="3"/><path class="sign" d="M5 8h6"/>',
    slow: '<path d="M8 1 15.5 14.5H.5z"/><path class="sign" d="M8 6v4M8 12v.6"/>',
    errors: '<path d="M8 1 15.5 14.5H.5z"/><path class="sign" d="M8 6v4M8 12v.6"/>',
    partial_outage:
      '<rect x="2.4" y="2.4" width="11.2" height="11.2" rx="1" transform="rotate(45 8 8)"/><path class="sign" d="M8 4.6v4.2M8 11v.6"/>',
    outage: '<circle cx="8" cy="8" r="7"/><path class="sign" d="m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2"/>',
  }
  return new Markup(`<svg class="mark" viewBox="0 0 16 16" aria-hidden="true">${shapes[status]}</svg>`)
}

/** Up to so many components are all shown at once; beyond, groups without a problem show one bar. */
const mostAtOnce = 12

/** The page as HTML, without script. `ageMinutes`: how old it is, if its data cannot be read anew. */
export function statusHtml(view: View, { title, logoUrl }: Presentation, ageMinutes: number | null): string {
  const nComponents = view.groups.flatMap(({ components }) => components).length
  const logo = logoUrl === null ? null : html`<img src="${logoUrl}" alt="" height="32" />`
  return html`<!doctype html>
    <html lang="en">
      ${headOf(view, title, nComponents)}
      <body>
        <header>
          ${logo}
          <p class="site">${title}</p>
        </header>
        <main>
          ${noticesOf(view, ageMinutes)}
          <div class="now ${view.status}">
            ${markOf(view.status)}
            <h1>${view.headline}</h1>
            <p>
              As of
              <time datetime="${view.at.toISOString()}">${longDayText(view.at)}, ${timeText(view.at)}</time>.
              All times are UTC.
            </p>
          </div>
          ${openStories(view)} ${nComponents === 0 ? nothingYet : modelsHtml(view, nComponents)}
          ${plannedMaintenance(view)} ${nComponents === 0 ? null : incidentsHtml(view)}
        </main>
        <footer>
          <p>Measured from outside: each check is a real request. A day without checks is grey.</p>
          <p>
            <a href="/status/history.atom">Atom</a> <a href="/status/history.rss">RSS</a>
            <a href="/api/v2/summary.json">JSON</a>
          </p>
        </footer>
      </body>
    </html> `.text
}

const headOf = (view: View, title: string, nComponents: number): Markup =>
  html`<head>
    <meta charset="utf-8" />
    <title>${view.headline} – ${title}</title>
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta
      name="description"
      content="${title}: ${view.headline}. ${counted(nComponents, 'model')}, measured from outside, with 90 days of history and incidents."
    />
    <meta name="color-scheme" content="light dark" />
    <link rel="icon" href="${iconOf(view.status)}" />
    <link rel="alternate" type="application/atom+xml" title="${title}" href="/status/history.atom" />
    <link rel="alternate" type="application/rss+xml" title="${title}" href="/status/history.rss" />
    ${new Markup(`<style>${statusStyle}</style>`)}
  </head>`

/** What a reader should know before they read on. */
const noticesOf = ({ isSynthetic }: View, ageMinutes: number | null): Content =>
  [
    ...(ageMinutes === null
      ? []
      : [
          `The measurements cannot be read at the moment: what you see is ${counted(ageMinutes, 'minute')} old.`,
        ]),
    ...(isSynthetic ? ['Nothing here is real: these are made-up measurements.'] : []),
  ].map((text) => html`<p class="notice">${text}</p>`)

/** A picture of the worst state, for the tab. */
const iconOf = (status: Status): string => `/status/icon.svg?${status}`

const nothingYet = html`<p class="none">A model is here as soon as it is called on a schedule.</p>`

const modelsHtml = ({ groups, at }: View, nComponents: number): Content =>
  html`<section class="models">
    <div class="head">
      <h2>Models</h2>
      <p>uptime of 90 days, and now</p>
    </div>
    ${groups.map((group) => groupHtml(group, { isOpen: nComponents <= mostAtOnce, at }))} ${legend}
  </section>`

const swatch = (state: string, d: string): Markup =>
  html`<svg viewBox="0 0 8 14" aria-hidden="true"><path class="${state}" d="${d}" /></svg>`

const legend = html`<ul class="legend" aria-label="What a bar is">
  <li>${swatch('up', 'M0 0v14h8V0z')}under 1 % of checks failed</li>
  <li>${swatch('failing', 'M0 4v10h8V4z')}from 1 %</li>
  <li>${swatch('down', 'M0 0v8h8V0zm0 10v4h8v-4z')}an outage, or from 5 %</li>
  <li>${swatch('none', 'M0 12v2h8v-2z')}no checks</li>
</ul>`

function groupHtml(group: Group, { isOpen, at }: { isOpen: boolean; at: Date }): Content {
  const [only] = group.components
  const { name, components, nUnknown, days } = group
  const open = isOpen || isProblem(group.status) ? new Markup(' open') : null
  const lack = nUnknown === 0 ? null : html` <span class="n lack">${nUnknown} without data</span>`
  const models =
    components.length === 1
      ? html`<h3><bdi>${name}</bdi></h3>
          ${componentHtml(only)} ${axis(days.length)}`
      : html`<details ${open}>
          <summary>
            <span class="line"
              ><h3><bdi>${name}</bdi></h3>
              <span class="n">${counted(components.length, 'model')}</span>${lack}${figures(group)}</span
            >
            <span class="whole">${barsOf(days)}</span>
          </summary>
          ${components.map(componentHtml)} ${axis(days.length)}
        </details>`
  return html`<div class="group">${models} ${claimsHtml(group.claims, at)}</div>`
}

const axis = (n: number): Markup =>
  html`<p class="axis" aria-hidden="true"><span>${n} days ago</span><span>today</span></p>`

const figures = ({ days, status }: Group | Component): Content =>
  html`<span class="figures"
    ><span class="uptime">${uptimeText(sumOf(days))}</span
    ><span class="state ${status}">${markOf(status)}${statusNames[status]}</span></span
  >`

/** What it is called, how it is and how it was; its days in words for whoever opens it. */
const componentHtml = ({ key, name, where, description, ...rest }: Component): Content =>
  html`<details class="component" id="${key}">
    <summary>
      <span class="line"
        ><bdi class="name">${name}</bdi
        >${where.length === 0 ? null : html` <span class="n">in ${where.join(', ')}</span>`}${figures({ key, name, where, description, ...rest })}</span
      >
      ${description === null ? null : html`<span class="description">${description}</span>`}
      ${barsOf(rest.days)}
    </summary>
    ${daysInWords(rest.days)}
  </details>`
