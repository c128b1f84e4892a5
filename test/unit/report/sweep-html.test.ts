import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { enclosing } from '../../../src/lab/intervals.ts'
import { html } from '../../../src/report/html.ts'
import { lanesOf } from '../../../src/report/sweep-lanes.ts'
import { sweepHtml } from '../../../src/report/sweep-html.ts'
import { sweepStyle } from '../../../src/report/sweep-style.ts'
import { describedSample, sweepSample } from '../../support/sweep-sample.ts'

/** The first page loads the library that draws. */
const patienceMs = 60_000

const ten = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32].map((concurrency) => ({ concurrency }))

const pageOf = (sample: Parameters<typeof sweepSample>[0], objectives = {}): Promise<string> => {
  const sweep = sweepSample(sample)
  return sweepHtml(sweep, describedSample(sweep, objectives), { objectives, store: 'a database' })
}

const titles = (page: string): string[] =>
  [...page.matchAll(/<h2[^>]*>([^<]*)/g)].map(([, title = '']) => title)

test(
  'a report of ten levels has every section, finds the knee and stays under 500 kB',
  async () => {
    const page = await pageOf({ loads: ten, total: 320 }, { ttft: 200, tpot: 10 })
    expect(Buffer.byteLength(page)).toBeLessThan(500_000)
    expect(titles(page)).toEqual([
      'Throughput against waiting',
      'Levels',
      'Percentiles at each level',
      'Requests over time',
      'Failures',
      'What to distrust',
      'What the words mean',
      'How it was made',
    ])
    // Eight answers are made at once: beyond eight in flight requests only wait.
    expect(page).toMatch(/Beyond\s*<strong>8 in flight<\/strong> more load brings little/)
    expect(page).toContain('knee · 8')
    expect(page).toContain('Synthetic results: no real provider was called.')
    expect(page).toContain('A closed loop is blind to waiting.')
    expect(page).toContain('240 of 352 requests')
    expect(page).toContain('pnpm tsx scripts/sweep.ts --synthetic')
  },
  patienceMs,
)

test(
  'a page loads nothing, runs nothing, and every figure has words and a table',
  async () => {
    const page = await pageOf({ loads: [{ rate: 8 }, { rate: 40 }], tiers: [null, 2000], failing: 20 })
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\bsrc=|\bon\w+=|\bstyle="|url\(|@import|href="(?!#)/)
    expect(page.replaceAll('http-equiv', '')).not.toContain('http')
    expect(page).toMatch(
      /Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;sha256-/,
    )
    const figures = page.split('<figure>').slice(1)
    expect(figures.length).toBeGreaterThan(10)
    expect(figures.filter((figure) => !/role="img" aria-label="[^"]{10,}/.test(figure))).toEqual([])
    expect(figures.filter((figure) => !figure.includes('<table>'))).toEqual([])
    expect(titles(page)).toContain('TTFT against context')
    expect(page).toContain('rate_limited')
    // Several drawings in one page would share their ids.
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  },
  patienceMs,
)

test(
  'what others wrote is text: names, messages, prompts and commands',
  async () => {
    const hostile = `</style><script>alert(1)</script><img src=x onerror="a()">'"&{c}\u001b[31m`
    const page = await pageOf({
      loads: ten.slice(0, 3),
      models: [hostile, 'm'.repeat(5000)],
      tiers: [null, 100],
      failing: 7,
      message: hostile.repeat(20),
      settings: { prompt: hostile, made_with: { command: hostile, node: hostile, machine: 7 } },
      run: { skip_reasons: { [hostile]: 1 }, n_skipped: 1, status: 'cancelled' },
    })
    expect(page).not.toMatch(/<script|<img/)
    expect(page).not.toContain('\u001b')
    expect(page.match(/<\/style>/g)).toHaveLength(1)
    expect(page).toContain('&lt;script&gt;')
    expect(page).toContain('This sweep is cancelled: it shows what was measured.')
    expect(page).not.toContain('m'.repeat(100))
  },
  patienceMs,
)

test(
  'an interrupted sweep and a level without a call are told, not drawn',
  async () => {
    const sweep = sweepSample({ loads: ten.slice(0, 4) })
    const part = { ...sweep, rows: sweep.rows.filter(({ level }) => level === 0) }
    const about = { objectives: {}, store: null }
    const page = await sweepHtml(part, describedSample(part), about)
    expect(page).toContain('64 of 64 calls were not made')
    expect(titles(page)).not.toContain('Throughput against waiting')
    const none = await sweepHtml({ ...sweep, rows: [] }, describedSample({ ...sweep, rows: [] }), about)
    expect(none).toContain('No level says anything of the endpoint.')
    expect(none).not.toMatch(/NaN|Infinity|undefined/)
    expect(page).not.toMatch(/NaN|Infinity|undefined/)
  },
  patienceMs,
)

test('lanes hold one request at a time, and what does not fit is left out whole', () => {
  const { rows } = sweepSample({ loads: [{ concurrency: 16 }], total: 200 })
  const whole = lanesOf(rows, { lanes: 40, requests: 1000 })
  expect(whole.drawn).toEqual(whole.all)
  expect(whole.all).toMatchObject({ requests: 216 })
  const byLane = Map.groupBy(
    whole.areas.flatMap(({ pieces }) => pieces),
    ({ lane }) => lane,
  )
  for (const pieces of byLane.values()) {
    const sorted = pieces.toSorted((a, b) => a.from - b.from)
    expect(sorted.every(({ from }, index) => from >= (sorted[index - 1]?.to ?? 0) - 1e-6)).toBe(true)
  }
  const thin = lanesOf(rows, { lanes: 4, requests: 20 })
  expect(thin.drawn.lanes).toBeLessThanOrEqual(4)
  expect(thin.drawn.requests).toBe(20)
  expect(thin.drawn.untilMs).toBeLessThan(thin.all.untilMs)
  const ends = thin.areas.flatMap(({ pieces }) => pieces.map(({ to }) => to))
  expect(Math.max(...ends)).toBeLessThanOrEqual(thin.drawn.untilMs)
})

test('the colours and fonts are those of the dashboard', () => {
  const tokens = readFileSync('web/styles/tokens.css', 'utf8')
  const named = [...sweepStyle.matchAll(/^ {2}(--[\w-]+: .*;)$/gm)].map(([, token = '']) => token)
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((token) => !tokens.includes(token))).toEqual([])
  const used = new Set([...sweepStyle.matchAll(/var\((--[\w-]+)\)/g)].map(([, name = '']) => name))
  expect([...used].filter((name) => !sweepStyle.includes(`${name}: `))).toEqual([])
})

test('markup escapes what is put into it, once', () => {
  expect(html`<b>${'<&>'}${[1, null, html`<i>${'"'}</i>`]}</b>`.text).toBe(
    '<b>&lt;&amp;&gt;1<i>&quot;</i></b>',
  )
})

test(
  'the page says from how many requests on a percentile has an upper end',
  async () => {
    const ends = (n: number, p: number) => enclosing(n, p).above !== null
    expect([ends(367, 0.99), ends(368, 0.99), ends(71, 0.95), ends(72, 0.95)]).toEqual([
      false,
      true,
      false,
      true,
    ])
    const page = await pageOf({ loads: ten.slice(0, 1), total: 5 })
    expect(page).toContain('fewer than 368 requests a p99 has no upper end, with fewer than 72 a p95')
  },
  patienceMs,
)

test(
  'of a sweep with one level that can be ranked no growth is told',
  async () => {
    const sample = sweepSample({ loads: ten.slice(0, 3) })
    const rows = sample.rows.map((row) =>
      row.level === 0 ? row : { ...row, timing_quality: 'untrusted' as const },
    )
    const sweep = { ...sample, rows }
    const page = await sweepHtml(sweep, describedSample(sweep, {}), { objectives: {}, store: 'a database' })
    expect(page).toMatch(/With 1 in flight it gave/)
    expect(page).not.toContain('Throughput grew')
  },
  patienceMs,
)

test('what a search found is said beside the verdict', async () => {
  const sweep = sweepSample({ loads: ten.slice(0, 2) })
  const found = ['Synthetic / synthetic-1: goodput>=0.95 holds up to concurrency 2.']
  const page = await sweepHtml(sweep, describedSample(sweep), { objectives: {}, store: null, found })
  expect(page).toContain('goodput&gt;=0.95 holds up to concurrency 2.')
})
