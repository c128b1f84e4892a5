import type { Indicator } from '../core/official-status.ts'
import { type Content, html } from '../report/html.ts'
import type { Lead } from './stories.ts'
import type { Claim } from './view.ts'
import { dayText, durationText, momentText, timeText } from './words.ts'

/** What each indicator is called, and the class of its colour. */
const indicatorNames: Readonly<Record<Indicator, { text: string; look: string }>> = {
  operational: { text: 'operational', look: '' },
  under_maintenance: { text: 'under maintenance', look: '' },
  unknown: { text: 'not known', look: '' },
  degraded_performance: { text: 'degraded performance', look: 'slow' },
  partial_outage: { text: 'partial outage', look: 'partial_outage' },
  major_outage: { text: 'major outage', look: 'outage' },
}

/** A link to a page elsewhere, if its address is one of the web. */
const linked = (url: string | null, text: string): Content =>
  url !== null && url.startsWith('https://')
    ? html`<a href="${url}" rel="noreferrer nofollow">${text}</a>`
    : text

/** `09:05`, with its day if that is not this one. */
const shortMoment = (moment: Date, at: Date): string =>
  dayText(moment) === dayText(at) ? timeText(moment) : momentText(moment)

/** What providers say of themselves, beside what was measured. */
export const claimsHtml = (claims: readonly Claim[], at: Date): Content =>
  claims.map(({ name, indicator, since, readAt, page }) => {
    const { text, look } = indicatorNames[indicator]
    const begun = since === null ? '' : ` since ${shortMoment(since, at)}`
    const read = readAt === null ? 'never read' : `last read ${shortMoment(readAt, at)}`
    return html`<p class="claim">
      ${linked(page, `${name} says`)}: <b class="${look}">${text}</b>${begun}<span class="read"
        >, ${read}</span
      >
    </p>`
  })

/** Who said it first, as a sentence. */
export function leadHtml({ name, url, leadMs, begunAt }: Lead): Content {
  if (leadMs === null)
    return html`<p class="lead">${linked(url, `${name} says`)} that it began on ${momentText(begunAt)}.</p>`
  const span = durationText(Math.abs(leadMs))
  return leadMs >= 0
    ? html`<p class="lead">We saw it ${span} before ${linked(url, `${name} said so`)}.</p>`
    : html`<p class="lead">${linked(url, `${name} said so`)} ${span} before we saw it.</p>`
}
