import type { Browser, Page } from 'playwright-core'
import { percentile } from '../../src/core/statistics.ts'
import { atLeast, atMost, round } from '../goals.ts'
import { type Demo, endRun, startRun } from './demo.ts'
import type { Part } from './part.ts'

/** Calls of the run that is watched; those that end while the page loads do not count. */
const calls = 50
const least = 30

/**
 * From the record of a result, which is the time that the database gives its event just before it commits, to the frame of
 * the browser that shows it as a row. Both are times of this machine.
 */
export async function measureLive(browser: Browser, demo: Demo): Promise<Part> {
  const id = await startRun(demo, calls)
  const page = await browser.newPage()
  await page.addInitScript(watchRows)
  await page.goto(`${demo.origin}/benchmark?run=${id}`)
  await page.getByRole('table', { name: 'Calls of this run' }).waitFor({ timeout: 60_000 })
  // The stream of events opens beside the first reads.
  await page
    .getByRole('row', { name: /run \d+/ })
    .first()
    .waitFor()
  const from = (await seenBy(page)).size
  const records = await recordsOf(demo, id)
  // The last of them is on its way.
  await page.waitForTimeout(2000)
  const seen = await seenBy(page)
  await page.close()
  await endRun(demo, id)
  const first = [...seen.values()][from] ?? Number.POSITIVE_INFINITY
  const live = records.filter(({ at }) => at >= first)
  const delays = live.flatMap(({ run, at }) => {
    const shown = seen.get(run)
    return shown === undefined ? [] : [shown - at]
  })
  const [p50, p95] = [0.5, 0.95].map((share) => percentile(delays, share) ?? Number.NaN) as [number, number]
  return {
    figures: [
      {
        what: 'from record to screen, ms',
        n: delays.length,
        p50: round(p50),
        p95: round(p95),
        most: round(Math.max(...delays)),
      },
    ],
    goals: [
      atMost('from record to screen, p95 ms', 300, p95),
      atLeast('results that came up live', least, delays.length),
      atMost('results that did not come up', 0, live.length - delays.length),
    ],
  }
}

interface Record {
  run: number
  /** In ms. */
  at: number
}

/** Each result of a run with the time of its record, from the events of the run to its end. */
async function recordsOf({ origin }: Demo, id: string): Promise<Record[]> {
  const text = await (await fetch(`${origin}/api/v1/benchmarks/${id}/events`)).text()
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice('data: '.length)) as LiveEvent)
    .filter(({ event }) => event === 'probe_recorded')
    .map(({ probe, created_at: at }) => ({ run: probe?.iteration ?? 0, at: Date.parse(at) }))
}

interface LiveEvent {
  event: string
  created_at: string
  probe: { iteration: number | null } | null
}

/** When each call was on the screen, in ms, in the order of that. */
const seenBy = async (page: Page): Promise<Map<number, number>> =>
  new Map(await page.evaluate<[number, number][]>('[...globalThis.seen]'))

/** Notes the frame in which the row of each call is first there. */
const watchRows = `
globalThis.seen = new Map()
new MutationObserver(() => {
  const fresh = [...document.querySelectorAll('main tbody th')]
    .map((name) => Number(/run (\\d+)/.exec(name.textContent)?.[1] ?? 0))
    .filter((run) => run > 0 && !seen.has(run))
  if (fresh.length > 0) requestAnimationFrame(() => {
    for (const run of fresh) if (!seen.has(run)) seen.set(run, performance.timeOrigin + performance.now())
  })
}).observe(document, { childList: true, subtree: true })
`
