import { atLeast, type Goal, median, round } from '../goals.ts'
import { audit, openTools, type Report } from './audit.ts'
import type { Demo } from './demo.ts'
import type { Part } from './part.ts'
import { type Screen, shows } from './screens.ts'

/** The least index of a machine (Lighthouse's own benchmark of it) on which scores say something of the page. */
const leastIndex = 1_000
const leastPoints = 95
const categories = ['performance', 'accessibility', 'best-practices'] as const
const timings = {
  lcpMs: 'largest-contentful-paint',
  tbtMs: 'total-blocking-time',
  cls: 'cumulative-layout-shift',
} as const

/**
 * What Lighthouse says of screens, by its desktop preset, signed in: medians of some audits. Each page must be what was meant after
 * its audit. Scores of a slow or busy machine are printed, and not judged.
 */
export async function measureLighthouse(
  { origin, link }: Demo,
  screens: readonly Screen[],
  { repeats, say }: { repeats: number; say: (message: string) => void },
): Promise<Part> {
  const tools = await openTools()
  try {
    const page = await tools.browser.newPage()
    await page.goto(link)
    await page.waitForSelector('main table')
    await page.close()
    const parts: Part[] = []
    for (const screen of screens) {
      const reports: Report[] = []
      while (reports.length < repeats)
        reports.push(
          await audit(tools, origin + screen.path, {
            config: tools.desktop,
            categories,
            ready: (audited) => shows(audited, screen),
          }),
        )
      parts.push(judge(screen, reports))
      say(JSON.stringify(parts.at(-1)?.figures[0]))
    }
    return { figures: parts.flatMap(({ figures }) => figures), goals: parts.flatMap(({ goals }) => goals) }
  } finally {
    await tools.browser.close()
  }
}

function judge({ name: screen }: Screen, reports: readonly Report[]): Part {
  const index = median(reports.map(({ environment }) => environment.benchmarkIndex))
  const isJudged = index >= leastIndex
  const scores = categories.map((name) => ({
    name,
    points: Math.round(100 * median(reports.map(({ categories: of }) => of[name]?.score ?? 0))),
  }))
  const measured = Object.entries(timings).map(([name, id]) => [
    name,
    round(median(reports.map(({ audits }) => audits[id]?.numericValue ?? Number.NaN))),
  ])
  const goals: Goal[] = scores.map(({ name, points }) =>
    atLeast(`${screen}: ${name}, points`, leastPoints, points),
  )
  return {
    figures: [
      {
        what: `Lighthouse, ${screen}, median of ${reports.length}`,
        ...Object.fromEntries(scores.map(({ name, points }) => [name, points])),
        ...Object.fromEntries(measured),
        index,
        judged: isJudged ? 'yes' : `no: index < ${leastIndex}`,
      },
    ],
    goals: isJudged ? goals : [],
  }
}
