import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { browserPath } from '../../test/support/browser.ts'
import { atLeast, type Goal, median, round } from '../goals.ts'
import type { Demo } from './demo.ts'
import type { Part } from './part.ts'
import { type Screen, shows } from './screens.ts'

const version = '13.5.0'
/** Lighthouse is fetched once, and is no dependency of this repository. */
const cache = join(tmpdir(), `firsttoken-lighthouse-${version}`)

/** The least index of a machine (Lighthouse's own benchmark of it) on which scores say something of the page. */
const leastIndex = 1_000
const leastPoints = 95
const categories = ['performance', 'accessibility', 'best-practices'] as const
const timings = {
  lcpMs: 'largest-contentful-paint',
  tbtMs: 'total-blocking-time',
  cls: 'cumulative-layout-shift',
} as const

interface Report {
  runtimeError?: { code: string; message: string }
  environment: { benchmarkIndex: number }
  categories: Record<(typeof categories)[number], { score: number | null }>
  audits: Record<string, { score: number | null; numericValue?: number; title: string } | undefined>
}

interface Page {
  goto: (url: string) => Promise<unknown>
  waitForSelector: (selector: string) => Promise<unknown>
  evaluate: (expression: string) => Promise<unknown>
  close: () => Promise<void>
}

interface Tools {
  audit: (
    url: string,
    ...how: [flags: object, config: object, page: Page]
  ) => Promise<{ lhr: Report } | undefined>
  desktop: object
  browser: { newPage: () => Promise<Page>; close: () => Promise<void> }
}

/** Lighthouse, with a browser of its own. */
async function openTools(): Promise<Tools> {
  const manifest = join(cache, 'package.json')
  if (!existsSync(join(cache, 'node_modules/lighthouse/package.json'))) {
    mkdirSync(cache, { recursive: true })
    const flags = ['--no-audit', '--no-fund', '--loglevel=error']
    execFileSync('npm', ['install', '--prefix', cache, ...flags, `lighthouse@${version}`])
  }
  const load = async <Exports>(name: string, from = manifest): Promise<Exports> => {
    const { default: exports } = (await import(pathToFileURL(createRequire(from).resolve(name)).href)) as {
      default: Exports
    }
    return exports
  }
  const puppeteer = await load<{ launch: (options: object) => Promise<Tools['browser']> }>(
    'puppeteer-core',
    createRequire(manifest).resolve('lighthouse'),
  )
  return {
    audit: await load('lighthouse'),
    desktop: await load('lighthouse/core/config/desktop-config.js'),
    browser: await puppeteer.launch({ executablePath: await browserPath(), args: ['--no-sandbox'] }),
  }
}

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
      while (reports.length < repeats) reports.push(await auditOf(tools, origin, screen))
      parts.push(judge(screen, reports))
      say(JSON.stringify(parts.at(-1)?.figures[0]))
    }
    return { figures: parts.flatMap(({ figures }) => figures), goals: parts.flatMap(({ goals }) => goals) }
  } finally {
    await tools.browser.close()
  }
}

/** How often an audit is tried that fails itself: a busy machine loses parts of its trace. */
const tries = 3

async function auditOf({ audit, desktop, browser }: Tools, origin: string, screen: Screen): Promise<Report> {
  const flags = { logLevel: 'silent', output: 'json', onlyCategories: categories }
  for (let tried = 1; ; tried += 1) {
    const page = await browser.newPage()
    const result = await audit(origin + screen.path, flags, desktop, page)
    await shows(page, screen)
    await page.close()
    const { lhr } = result ?? {}
    const isWhole = lhr !== undefined && categories.every((name) => lhr.categories[name].score !== null)
    if (isWhole && lhr.runtimeError === undefined) return lhr
    if (tried === tries)
      throw new Error(
        `Lighthouse could not measure ${screen.name}: ${lhr?.runtimeError?.message ?? 'no score'}`,
      )
  }
}

function judge({ name: screen }: Screen, reports: readonly Report[]): Part {
  const index = median(reports.map(({ environment }) => environment.benchmarkIndex))
  const isJudged = index >= leastIndex
  const scores = categories.map((name) => ({
    name,
    points: Math.round(100 * median(reports.map(({ categories: of }) => of[name].score ?? 0))),
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
