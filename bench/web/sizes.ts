import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { atMost } from '../goals.ts'
import type { Demo } from './demo.ts'
import type { Part } from './part.ts'
import { type Screen, shows } from './screens.ts'

/** What only the chart library says. */
const charts = 'data-zr-dom-id'

/** What a visit of Now loads: its scripts and styles, with gzip -9, and the read of the present, as it is sent. */
export async function measureSizes(browser: Browser, { origin }: Demo, now: Screen): Promise<Part> {
  const page = await browser.newPage()
  const loaded = new Set<string>()
  page.on('response', (response) => loaded.add(new URL(response.url()).pathname))
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url().endsWith('/api/v1/now')),
    page.goto(origin + now.path),
  ])
  await shows(page, now)
  const { responseBodySize: sent } = await answer.request().sizes()
  const plain = (await answer.body()).length
  await page.close()
  const texts = (end: string): Buffer[] =>
    [...loaded].filter((path) => path.endsWith(end)).map((path) => readFileSync(join('web/dist', path)))
  const sum = (files: readonly Buffer[]): number =>
    files.reduce((n, file) => n + gzipSync(file, { level: 9 }).length, 0)
  const scripts = texts('.js')
  const [js, css] = [sum(scripts), sum(texts('.css'))]
  return {
    figures: [
      { what: 'JavaScript of Now, gzip', bytes: js },
      { what: 'CSS of Now, gzip', bytes: css },
      { what: `answer of Now, ${now.least} rows, as sent`, bytes: sent, plain },
    ],
    goals: [
      atMost('JavaScript of Now, gzip kB', 150, js / 1000),
      atMost('CSS of Now, gzip kB', 15, css / 1000),
      atMost(
        'scripts of Now with the chart library',
        0,
        scripts.filter((script) => script.includes(charts)).length,
      ),
      atMost('answer of Now, as sent, KB', 80, sent / 1024),
    ],
  }
}
