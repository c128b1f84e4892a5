import type { Week } from '../core/week.ts'
import { type Content, html, Markup } from '../report/html.ts'
import { type WeekLine, weekText } from './week-words.ts'

/**
 * Programs that read email keep styles of elements, and many those of the head: so what must be is written at each
 * element, and the head has what is better for whoever knows it: dark colours, and small screens.
 */
const colours = {
  bad: '#b0121b',
  good: '#17724a',
  plain: '#5f6875',
} as const

const head = new Markup(`<style>
:root { color-scheme: light dark; supported-color-schemes: light dark }
@media (prefers-color-scheme: dark) {
  .page { background: #0e1116 !important }
  .card { background: #161a21 !important; border-color: #2a303a !important }
  .title, .text { color: #eef1f5 !important }
  .small, .plain { color: #8b95a3 !important }
  .line { border-color: #2a303a !important }
  .bad { color: #ff7b6e !important }
  .good { color: #4cc38a !important }
  .button { background: #7aa8ff !important; color: #0e1116 !important }
}
@media (max-width: 480px) {
  .page { padding: 0 !important }
  .card { border-width: 0 !important; border-radius: 0 !important }
  .inside { padding: 24px 20px !important }
  .topic, .text { display: block !important; width: auto !important }
  .topic { padding: 12px 0 0 !important }
  .text { padding: 2px 0 12px !important; border-top: 0 !important }
}
</style>`)

const font = "font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"

/** A week as the page of an email, which asks for nothing from elsewhere. `link` is the dashboard, if its URL is known. */
export function weekHtml(week: Week, link: string | null): string {
  const { name, gist, lines } = weekText(week)
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>${name}</title>
        ${head}
      </head>
      <body class="page" style="margin: 0; padding: 24px 12px; background: #eef0f3; ${font}">
        <table
          role="presentation"
          class="card"
          width="100%"
          cellpadding="0"
          cellspacing="0"
          style="max-width: 640px; margin: 0 auto; background: #ffffff; border: 1px solid #d9dde3; border-radius: 8px"
        >
          <tr>
            <td class="inside" style="padding: 28px 32px; ${font}">
              <div class="small" style="font-size: 13px; line-height: 20px; color: #5f6875">${name}</div>
              <div
                class="title"
                role="heading"
                aria-level="1"
                style="padding: 0 0 20px; font-size: 20px; line-height: 28px; font-weight: 600; color: #14171c"
              >
                ${capital(gist)}
              </div>
              <table role="presentation" width="100%" cellpadding="0" cellspacing="0">
                ${lines.map(row)}
              </table>
              <div
                class="small line"
                style="padding: 20px 0 0; border-top: 1px solid #d9dde3; font-size: 12px; line-height: 18px; color: #5f6875"
              >
                ${button(link)}firsttoken sends this each Monday. All times are UTC.
              </div>
            </td>
          </tr>
        </table>
      </body>
    </html>`.text
}

const row = ({ topic, text, tone }: WeekLine): Content =>
  topic === ''
    ? html`<tr>
        <td
          colspan="2"
          class="small line"
          style="padding: 10px 0; border-top: 1px solid #d9dde3; font-size: 15px; line-height: 22px; color: #5f6875"
        >
          ${text}
        </td>
      </tr>`
    : html`<tr>
        <td
          class="topic line ${tone}"
          valign="top"
          style="width: 84px; padding: 11px 12px 9px 0; border-top: 1px solid #d9dde3; font-size: 13px; line-height: 22px; font-weight: 600; white-space: nowrap; color: ${colours[tone]}"
        >
          ${topic}
        </td>
        <td
          class="text line"
          valign="top"
          style="padding: 10px 0; border-top: 1px solid #d9dde3; font-size: 15px; line-height: 22px; color: #14171c; word-break: break-word"
        >
          ${withUnits(text)}
        </td>
      </tr>`

/** Numbers stay with their units when a line is broken. */
const withUnits = (text: string): string => text.replaceAll(/(?<=\d) (?=%|ms|s\b|h\b|min\b)/g, '\u00a0')

const button = (link: string | null): Content =>
  link === null
    ? null
    : html`<div style="padding: 0 0 20px">
        <a
          class="button"
          href="${link}"
          style="display: inline-block; padding: 9px 16px; border-radius: 4px; background: #1f5fd6; color: #ffffff; font-size: 14px; line-height: 20px; font-weight: 600; text-decoration: none"
          >Open the dashboard</a
        >
      </div>`

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
