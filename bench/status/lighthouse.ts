import { atLeast, median, round } from '../goals.ts'
import type { Part } from '../parts.ts'
import { audit, type Category, openTools, type Report } from '../web/audit.ts'
import { startServer } from './server.ts'

const categories = ['performance', 'accessibility', 'best-practices', 'seo'] as const satisfies Category[]
const leastPoints = 98
/** Below it, performance says more of the machine than of the page. */
const leastIndex = 1_000

/** What Lighthouse says of a full page, on a phone and a desktop: medians. */
export const lighthouse: Part = async ({ short, say }) => {
  const served = await startServer()
  const tools = await openTools()
  try {
    const found = []
    for (const [device, config] of [
      ['phone', undefined],
      ['desktop', tools.desktop],
    ] as const) {
      const url = `http://127.0.0.1:${served.port}/status`
      const reports: Report[] = []
      while (reports.length < (short ? 1 : 5)) reports.push(await audit(tools, url, { config, categories }))
      found.push(judge(device, reports))
      say(JSON.stringify(found.at(-1)?.figures[0]))
    }
    return { figures: found.flatMap(({ figures }) => figures), goals: found.flatMap(({ goals }) => goals) }
  } finally {
    await tools.browser.close()
    await served.close()
  }
}

function judge(device: string, reports: readonly Report[]) {
  const index = median(reports.map(({ environment }) => environment.benchmarkIndex))
  const scores = categories.map((name) => ({
    name,
    points: Math.round(100 * median(reports.map(({ categories: of }) => of[name]?.score ?? 0))),
  }))
  const lost = Object.entries(reports[0]?.audits ?? {}).flatMap(([id, found]) =>
    found?.score === 0 ? [id] : [],
  )
  return {
    figures: [
      {
        device,
        ...Object.fromEntries(scores.map(({ name, points }) => [name, points])),
        lcpMs: round(
          median(reports.map(({ audits }) => audits['largest-contentful-paint']?.numericValue ?? 0)),
        ),
        lost: lost.join(' '),
        index,
        n: reports.length,
      },
    ],
    goals: scores
      .filter(({ name }) => name !== 'performance' || index >= leastIndex)
      .map(({ name, points }) => atLeast(`${device}: ${name}, points`, leastPoints, points)),
  }
}
