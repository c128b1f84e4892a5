import { createHash } from 'node:crypto'
import { pageTokens } from '../report/page-tokens.ts'

/** Tokens of the dashboard (web/styles/tokens.css) that reports do not need. */
export const statusTokens = `
  --up-tint: light-dark(#e6f4ec, #12281d);
  --down-tint: light-dark(#fce9e7, #351a18);
  --stale-tint: light-dark(#eef0f3, #1c2129);
  --stale: light-dark(#5f6875, #8b95a3);
  --paused: light-dark(#6b5fb5, #a79bf0);
  --fill-up: light-dark(#1f8f5a, #3fbf86);
  --fill-failing: light-dark(#c77f00, #f5c04a);`

/** The style of the page: light or dark as the reader's system is, light on paper. */
export const statusStyle = `:root { color-scheme: light dark;${pageTokens}${statusTokens}
}
*, *::before, *::after { box-sizing: border-box; }
html { background: var(--bg); color: var(--text); font: 400 14px/20px var(--font); font-variant-numeric: tabular-nums;
  -webkit-text-size-adjust: 100%; }
body { max-width: 832px; margin: 0 auto; padding: 32px 24px 48px; overflow-wrap: anywhere; }
h1, h2, h3, h4, p, ul, ol { margin: 0; padding: 0; }
ul, ol { list-style: none; }
bdi, .where { unicode-bidi: isolate; }
a { color: var(--accent); text-underline-offset: 3px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 2px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
header { display: flex; align-items: center; gap: 12px; min-height: 32px; }
.site { font-size: 15px; font-weight: 600; }
h2 { font: 600 18px/26px var(--font); letter-spacing: -0.01em; }
h3 { font: 600 15px/22px var(--font); }
h4 { font: 600 14px/20px var(--font); }
.mark { width: 16px; height: 16px; flex: none; fill: currentColor; }
.mark .sign { fill: none; stroke: var(--bg); stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.mark .hollow { fill: none; stroke: currentColor; stroke-width: 2; }
.notice { margin-top: 20px; padding: 10px 14px; border-radius: 8px; background: var(--failing-tint); color: var(--failing); }
.now { margin-top: 24px; padding: 24px; border-radius: 12px; display: grid; grid-template-columns: auto 1fr; gap: 2px 14px;
  align-items: center; background: var(--tint); }
.now .mark { width: 28px; height: 28px; color: var(--state); }
.now .mark .sign { stroke: var(--tint); }
.now h1 { font: 600 24px/32px var(--font); letter-spacing: -0.015em; text-wrap: balance; }
.now p { grid-column: 2; color: var(--dim); font-size: 13px; }
.operational { --state: var(--up); --tint: var(--up-tint); }
.no_data { --state: var(--stale); --tint: var(--stale-tint); }
.maintenance { --state: var(--paused); --tint: var(--stale-tint); }
.slow, .errors, .partial_outage { --state: var(--failing); --tint: var(--failing-tint); }
.outage { --state: var(--down); --tint: var(--down-tint); }
main > section { margin-top: 40px; }
.head { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0 16px; margin-bottom: 12px; }
.n, .head p, .axis, .when, .legend, .older, .claim, .lead { color: var(--mute); font-size: 12px; line-height: 18px; }
summary { cursor: pointer; list-style: none; border-radius: 4px; }
summary::-webkit-details-marker { display: none; }
.line { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 10px; }
.line h3, .name { min-width: 0; max-width: 100%; }
.name { font-weight: 500; }
.figures { margin-left: auto; display: inline-flex; align-items: baseline; gap: 10px; white-space: nowrap; }
.uptime { color: var(--dim); font-size: 13px; }
.state { min-width: 124px; display: inline-flex; align-items: center; justify-content: flex-end; gap: 6px; color: var(--state);
  font-size: 13px; font-weight: 500; }
.state .mark { order: 2; width: 14px; height: 14px; }
.group { border: 1px solid var(--border); border-radius: 12px; padding: 16px 20px 14px 38px; }
.group + .group { margin-top: 12px; }
.group summary { position: relative; }
.group summary::before { content: ''; position: absolute; left: -17px; top: 7px; width: 7px; height: 7px; border: solid var(--control);
  border-width: 0 2px 2px 0; transform: rotate(-45deg); }
.group details[open] > summary::before { transform: translateY(-2px) rotate(45deg); }
.group .component:not([open]) > summary::before { transform: rotate(-45deg); }
.component > summary::before { top: 6px; border-width: 0 1.5px 1.5px 0; width: 6px; height: 6px; }
.group summary:hover::before { border-color: var(--accent); }
.group > details[open] > summary .whole { display: none; }
.component { padding-top: 16px; }
.description { display: block; color: var(--dim); font-size: 13px; }
.bars { display: block; width: 100%; height: 28px; margin-top: 8px; }
.component .bars { height: 24px; }
path.up { fill: var(--fill-up); } path.failing { fill: var(--fill-failing); } path.down { fill: var(--fill-down); } path.none { fill: var(--control); }
.bars path:hover { opacity: 0.65; }
.days { white-space: pre-line; columns: 300px; column-gap: 24px; padding: 8px 0 4px; color: var(--dim); font-size: 12px; line-height: 18px; }
.axis { display: flex; justify-content: space-between; margin-top: 6px; }
.claim { margin-top: 8px; }
.group > .claim:first-of-type { margin-top: 10px; }
.claim b, .lead b { font-weight: 600; color: var(--state, var(--dim)); }
.claim a, .lead a { color: inherit; }
.claim a:hover, .lead a:hover { color: var(--accent); }
.legend { display: flex; flex-wrap: wrap; gap: 6px 20px; margin-top: 14px; padding: 0 20px; }
.legend li { display: flex; align-items: center; gap: 7px; }
.legend svg { width: 8px; height: 14px; }
.none { margin-top: 40px; color: var(--dim); }
.story { margin-top: 12px; padding: 12px 0 12px 16px; border-left: 3px solid var(--control); }
.story.minor, .story.major { border-color: var(--fill-failing); } .story.critical { border-color: var(--fill-down); }
.story .when { margin-top: 2px; }
.about { color: var(--dim); font-size: 13px; margin-top: 4px; }
.updates { margin-top: 8px; }
.updates li { margin-top: 8px; }
.updates time { color: var(--mute); font-size: 12px; margin-left: 6px; }
.updates p { white-space: pre-line; color: var(--dim); max-width: 72ch; text-wrap: pretty; }
.updates b { font-weight: 600; }
.day { margin-top: 16px; padding-top: 14px; border-top: 1px solid var(--border); }
.quiet { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0 16px; }
.quiet h3 { font-weight: 400; color: var(--dim); }
.quiet p { color: var(--mute); font-size: 13px; }
.rest summary { width: max-content; margin-top: 12px; padding: 3px 0; color: var(--accent); font-size: 13px; text-decoration: underline;
  text-underline-offset: 3px; }
.rest[open] summary { color: var(--mute); text-decoration: none; }
.day .story { border-left-width: 2px; padding: 2px 0 2px 14px; }
.older { margin-top: 20px; }
footer { margin-top: 48px; padding-top: 16px; border-top: 1px solid var(--border); color: var(--mute); font-size: 12px; line-height: 20px;
  display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 24px; }
footer a { margin-left: 12px; padding: 4px 0; }
@media (max-width: 639px) {
  body { padding: 20px 16px 40px; }
  .now { padding: 18px 16px; margin-top: 16px; gap: 2px 12px; }
  .now h1 { font-size: 20px; line-height: 26px; }
  .group { padding: 14px 14px 12px 30px; }
  .state { min-width: 0; }
  .group > details > summary .n:not(.lack) { display: none; }
  .bars, .axis { width: calc(100% + 16px); margin-left: -16px; }
  .legend { padding: 0 2px; }
  footer a:first-child { margin-left: 0; }
}
@media print {
  :root { color-scheme: light; }
  body { padding: 0; max-width: none; }
  footer a, summary::before { display: none; }
  .group { padding-left: 20px; }
  .group, .story { break-inside: avoid; }
  * { print-color-adjust: exact; }
}
`

/** The style as a Content-Security-Policy names it: no other is applied. */
export const styleSource = `'sha256-${createHash('sha256').update(statusStyle).digest('base64')}'`
