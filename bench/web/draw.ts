import type { Browser } from 'playwright-core'
import { atMost, median, round } from '../goals.ts'
import type { Demo } from './demo.ts'
import type { Part } from './part.ts'
import { type Screen, shows } from './screens.ts'

const draws = 15

/**
 * What the main thread spends on drawing the four charts of Target, 30 days of three regions. When the theme changes, each chart
 * is disposed, made and drawn anew from what is in memory, and here nothing else on the page changes. Counted is all that the
 * thread does from then until two frames later, in CPU time of the thread, which other work on the machine does not enter:
 * making the options, the library, the canvas, styles, layout, paint. Not counted: loading, reading, the raster of other threads.
 */
export async function measureDraw(browser: Browser, { origin }: Demo, target: Screen): Promise<Part> {
  const page = await browser.newPage()
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  const spent = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics')
    return (name: string): number => 1000 * (metrics.find((each) => each.name === name)?.value ?? Number.NaN)
  }
  await page.goto(origin + target.path)
  await shows(page, target)
  // What else the screen reads has come by then.
  await page.waitForTimeout(2000)
  const drawn: { all: number; script: number }[] = []
  for (let index = 0; index < draws; index += 1) {
    const before = await spent()
    await page.evaluate(redraw)
    const after = await spent()
    const of = (name: string): number => after(name) - before(name)
    drawn.push({ all: of('TaskDuration'), script: of('ScriptDuration') })
    await shows(page, target)
  }
  await page.close()
  const all = median(drawn.map((each) => each.all))
  return {
    figures: [
      {
        what: `drawing Target, 4 charts of 30 days x 3 regions, ms of CPU, ${draws} times`,
        median: round(all),
        first: round(drawn[0]?.all ?? Number.NaN),
        script: round(median(drawn.map(({ script }) => script))),
      },
    ],
    goals: [atMost('drawing Target, CPU of the main thread, ms', 60, all)],
  }
}

/** Draws every chart anew; done two frames later. */
const redraw = `new Promise((done) => {
  dispatchEvent(new Event('themechange'))
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)))
})`
