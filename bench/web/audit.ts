import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { browserPath } from '../../test/support/browser.ts'

const version = '13.5.0'
/** Lighthouse is fetched once, and is no dependency of this repository. */
const cache = join(tmpdir(), `firsttoken-lighthouse-${version}`)

/** A category of Lighthouse. */
export type Category = 'performance' | 'accessibility' | 'best-practices' | 'seo'

/** What Lighthouse found, as far as we read it. */
export interface Report {
  runtimeError?: { code: string; message: string }
  environment: { benchmarkIndex: number }
  categories: Partial<Record<Category, { score: number | null }>>
  audits: Record<string, { score: number | null; numericValue?: number; title: string } | undefined>
}

interface Page {
  goto: (url: string) => Promise<unknown>
  waitForSelector: (selector: string) => Promise<unknown>
  evaluate: (expression: string) => Promise<unknown>
  close: () => Promise<void>
}

/** Lighthouse and its browser. */
export interface Tools {
  audit: (
    url: string,
    ...how: [flags: object, config: object | undefined, page: Page]
  ) => Promise<{ lhr: Report } | undefined>
  desktop: object
  browser: { newPage: () => Promise<Page>; close: () => Promise<void> }
}

/** Lighthouse, with a browser of its own. */
export async function openTools(): Promise<Tools> {
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

/** How often an audit is tried that fails itself: a busy machine loses parts of its trace. */
const tries = 3

/** How a page is audited; `ready` rejects if it is not what was meant after its audit. */
interface How {
  /** Lighthouse's own without, which is a phone. */
  config: object | undefined
  categories: readonly Category[]
  ready?: (page: Page) => Promise<unknown>
}

/** Audits a page. Rejects if Lighthouse has no score of a category, again and again. */
export async function audit(
  { audit: run, browser }: Tools,
  url: string,
  { config, categories, ready }: How,
): Promise<Report> {
  const flags = { logLevel: 'silent', output: 'json', onlyCategories: categories }
  for (let tried = 1; ; tried += 1) {
    const page = await browser.newPage()
    const result = await run(url, flags, config, page)
    await ready?.(page)
    await page.close()
    const { lhr } = result ?? {}
    const isWhole =
      lhr !== undefined && categories.every((name) => typeof lhr.categories[name]?.score === 'number')
    if (isWhole && lhr.runtimeError === undefined) return lhr
    if (tried === tries)
      throw new Error(`Lighthouse could not measure ${url}: ${lhr?.runtimeError?.message ?? 'no score'}`)
  }
}
