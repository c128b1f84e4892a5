import type { Browser, Page } from 'playwright-core'
import { patienceMs } from '../../test/support/browser.ts'
import { openTabs } from '../../test/support/tabs.ts'
import { atLeast, atMost } from '../goals.ts'
import { type Demo, endRun, startRun } from './demo.ts'
import type { Part } from './part.ts'

const count = 8

/**
 * Eight tabs of one browser, which allows six connections to a server: each must load, hear of a run, and share one stream with
 * the others; when the tab that holds it is closed, another one goes on.
 */
export async function measureTabs(browser: Browser, demo: Demo): Promise<Part> {
  const context = await browser.newContext()
  context.setDefaultTimeout(patienceMs)
  const shown = (page: Page) => page.getByRole('table').first().waitFor()
  const tabs = await openTabs(context, demo.origin, { count, shown })
  const before = await heardBy(demo, tabs.pages)
  const streams = tabs.streams()
  await tabs.pages[0]?.close()
  const after = await heardBy(demo, tabs.pages.slice(1))
  const streamsAfter = tabs.streams()
  await context.close()
  return {
    figures: [
      {
        what: `${count} tabs`,
        loaded: tabs.pages.length,
        heard: before,
        streams,
        heardAfter: after,
        streamsAfter,
      },
    ],
    goals: [
      atLeast(`tabs of ${count} that hear of a run`, count, before),
      atMost('streams of events for all tabs', 1, streams),
      atLeast(`tabs of ${count - 1} that do when the leader is closed`, count - 1, after),
      atMost('streams of events then', 1, streamsAfter),
    ],
  }
}

/** How many tabs tell, by an event, that a run is at work. */
async function heardBy(demo: Demo, pages: readonly Page[]): Promise<number> {
  const id = await startRun(demo, 50)
  const heard = await Promise.allSettled(pages.map((page) => page.getByText('1 running').waitFor()))
  await demo.ask(`/benchmarks/${id}/cancel`, { method: 'POST' })
  await endRun(demo, id)
  await Promise.allSettled(pages.map((page) => page.getByText('1 running').waitFor({ state: 'detached' })))
  return heard.filter(({ status }) => status === 'fulfilled').length
}
