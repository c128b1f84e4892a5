import { pageTokens } from './page-tokens.ts'

const slots = [1, 2, 3, 4, 5, 6, 7, 8]

/** The style of a report: light or dark as the reader's system is, light on paper. */
export const sweepStyle = `:root {
  color-scheme: light dark;${pageTokens}
}
*, *::before, *::after { box-sizing: border-box; }
html { background: var(--bg); color: var(--text); font: 400 14px/20px var(--font); font-variant-numeric: tabular-nums;
  -webkit-text-size-adjust: 100%; }
body { max-width: 1328px; margin: 0 auto; padding: 40px 24px 64px; overflow-wrap: anywhere; }
h1, h2, h3, p, dl, dd, ul, figure, pre { margin: 0; }
h1 { font: 600 28px/34px var(--font); letter-spacing: -0.015em; margin-top: 8px; text-wrap: balance; unicode-bidi: isolate; }
h2 { font: 600 20px/28px var(--font); letter-spacing: -0.01em; }
h3 { font: 600 15px/22px var(--font); }
figcaption b { font-weight: 600; }
code, td, th, strong, .of { unicode-bidi: isolate; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; text-underline-offset: 3px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.top { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 24px; color: var(--mute); font-size: 13px; }
.top b { color: var(--text); font-weight: 600; }
.verdict { margin-top: 12px; max-width: 74ch; font-size: 17px; line-height: 26px; color: var(--dim); text-wrap: pretty; }
.verdict + .verdict { margin-top: 4px; }
.verdict strong { color: var(--text); font-weight: 600; }
.flag { margin-top: 16px; padding: 8px 12px; border-radius: 4px; background: var(--failing-tint); color: var(--failing); max-width: max-content; }
.stats { display: grid; grid-template-columns: repeat(auto-fit, minmax(152px, 1fr)); margin: 28px 0 0; border-block: 1px solid var(--border); }
.stats div { padding: 14px 16px 14px 0; }
.stats dt { color: var(--dim); font-size: 13px; line-height: 16px; }
.stats dd { font: 600 24px/32px var(--font); letter-spacing: -0.01em; }
.stats small { display: block; color: var(--mute); font: 400 12px/16px var(--font); }
nav { margin-top: 16px; display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 13px; }
section { margin-top: 48px; break-inside: auto; }
section > p, .note { margin-top: 8px; color: var(--dim); max-width: 84ch; text-wrap: pretty; }
.group { margin-top: 24px; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 28px 28px; margin-top: 16px; }
.figures.large { grid-template-columns: repeat(auto-fit, minmax(min(100%, 500px), 1fr)); }
figure { min-width: 0; break-inside: avoid; }
figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 2px 12px; }
figcaption span { color: var(--mute); font-size: 12px; line-height: 20px; }
figure svg { display: block; width: 100%; max-width: 680px; height: auto; margin-top: 8px; }
figure svg text { font: 400 12px var(--font); font-variant-numeric: tabular-nums; }
figure .wide { display: none; }
figure details { margin-top: 4px; }
summary { color: var(--mute); font-size: 12px; line-height: 20px; cursor: pointer; width: max-content; }
summary:hover { color: var(--text); }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin-top: 8px; padding: 0; list-style: none; color: var(--dim); font-size: 12px; line-height: 18px; }
.legend li::before { content: ''; display: inline-block; width: 12px; height: 3px; margin-right: 6px; vertical-align: 3px;
  border-radius: 1px; background: var(--mark); }
.legend.areas li::before { height: 9px; vertical-align: -0.5px; }
${slots.map((slot) => `.s${slot} { --mark: var(--series-${slot}); }`).join(' ')}
.waits { --mark: var(--fill-none); } .fails { --mark: var(--fill-down); }
.scroll { overflow-x: auto; margin-top: 12px; }
figure .scroll { max-height: 320px; overflow-y: auto; margin-top: 4px; }
table { border-collapse: collapse; width: 100%; font-size: 13px; line-height: 18px; }
th, td { padding: 7px 0 7px 14px; text-align: right; vertical-align: baseline; border-bottom: 1px solid var(--border); overflow-wrap: normal; white-space: nowrap; }
th:first-child, td:first-child { padding-left: 0; text-align: left; }
thead th { color: var(--mute); font-size: 12px; font-weight: 400; vertical-align: bottom; border-bottom-color: var(--control); }
tbody th { font-weight: 600; }
.scroll th:first-child { position: sticky; left: 0; background: var(--bg); }
td small, th small { color: var(--mute); font-size: 12px; font-weight: 400; }
td.words, th.words { text-align: left; white-space: normal; min-width: 28ch; overflow-wrap: anywhere; }
tr.best th::after { content: ' most'; } tr.knee th::after { content: ' knee'; }
tr.best th::after, tr.knee th::after { color: var(--accent); font-weight: 400; font-size: 12px; }
tr.off td, tr.off th { color: var(--mute); }
.bad { color: var(--down); font-weight: 600; }
.points { margin-top: 12px; padding-left: 18px; max-width: 84ch; color: var(--dim); }
.points li { margin-top: 6px; }
.points strong { color: var(--text); font-weight: 600; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 260px), 1fr)); gap: 14px 28px; margin-top: 14px; }
.facts dt { color: var(--mute); font-size: 12px; line-height: 16px; }
.words-list { display: grid; grid-template-columns: minmax(110px, max-content) 1fr; gap: 8px 24px; margin-top: 14px; max-width: 100ch; }
.words-list dt { font-weight: 600; }
.words-list dd { color: var(--dim); }
pre { margin-top: 16px; padding: 12px 16px; border-radius: 8px; background: var(--surface); border: 1px solid var(--border);
  font: 400 13px/20px var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; }
footer { margin-top: 56px; padding-top: 12px; border-top: 1px solid var(--border); color: var(--mute); font-size: 12px; }
@media screen and (min-width: 600px) {
  figure .wide { display: block; }
  figure .wide + .narrow { display: none; }
}
@media (max-width: 639px) {
  body { padding: 20px 16px 40px; }
  h1 { font-size: 24px; line-height: 30px; }
  .verdict { font-size: 16px; line-height: 24px; }
  .stats { grid-template-columns: 1fr 1fr; }
  section { margin-top: 40px; }
  .words-list { grid-template-columns: 1fr; gap: 2px; }
  .words-list dd { margin-bottom: 10px; }
}
@media print {
  :root { color-scheme: light; }
  @page { size: A4 landscape; margin: 12mm; }
  html { font-size: 11px; line-height: 16px; print-color-adjust: exact; }
  body { max-width: none; padding: 0; }
  nav, figure details { display: none; }
  section { margin-top: 24px; }
  h2, h3, section > p, .group > p { break-after: avoid; }
  section:has(.figures.large), section > p { break-inside: avoid; }
  table { font-size: 10px; line-height: 14px; }
  th, td { padding: 4px 0 4px 8px; }
  thead th, td small, th small, tr th::after { font-size: 9px !important; }
  td.words { min-width: 0; }
  tr, .points li, .words-list dd, .facts, pre { break-inside: avoid; }
  .stats { grid-template-columns: repeat(auto-fit, minmax(110px, 1fr)); }
  .scroll { overflow: visible; }
  .figures { grid-template-columns: repeat(3, 1fr); gap: 16px 20px; }
  .figures.large { grid-template-columns: 1fr 1fr; }
  .figures.large svg { max-width: 440px; }
  .stats dd { font-size: 18px; line-height: 24px; }
}
`
