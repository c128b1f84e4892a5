import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { complaintsOf, openBrowser, patienceMs, violationsOf } from '../support/browser.ts'
import { makeFolder, removeFolder, type Running, start } from '../support/command.ts'

const folder = makeFolder()
const env = { LOG_LEVEL: 'silent', SYN_FRAMES: '3', SYN_DELAY_MS: '1' }
let browser: Browser | null = null
let served: Running
let link = ''
let origin = ''

beforeAll(async () => {
  browser = await openBrowser()
  served = start('serve.ts', ['--port', '0', '--no-schedule'], { cwd: folder, env })
  link = await served.until(/http:\/\/127\.0\.0\.1:\d+\/#token=\S+/)
  ;({ origin } = new URL(link))
  // The database opens in seconds; a page would wait for it too.
  while (!(await fetch(`${origin}/api/v1/now`)).ok) await new Promise((wait) => setTimeout(wait, 100))
})
afterAll(async () => {
  await browser?.close()
  served.child.kill('SIGTERM')
  await served.ended
  removeFolder(folder)
})

/** A tab of its own, as another person's; skips the test where there is no browser. */
async function open(
  url: string,
  skip: () => never,
  options: object = {},
): Promise<{ page: Page; said: string[] }> {
  if (browser === null) return skip()
  const page = await (await browser.newContext(options)).newPage()
  page.setDefaultTimeout(patienceMs)
  const said = complaintsOf(page)
  await page.goto(url)
  return { page, said }
}

test('the link of the first start signs in, and one click makes the first run, which comes up by itself', async ({
  skip,
}) => {
  const { page, said } = await open(link, skip)
  await page.getByText('You are signed in').waitFor()
  expect(page.url()).toBe(`${origin}/`)
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
  const first = page.getByRole('button', { name: 'Make the first run' })
  await first.waitFor()
  expect(await violationsOf(page)).toEqual([])
  await first.click()
  const row = page.getByRole('row', { name: /synthetic-1/ })
  await row.getByText('up', { exact: true }).waitFor()
  expect(await row.innerText()).toMatch(/n 1\b/)
  expect(await row.getByRole('img').getAttribute('aria-label')).toMatch(
    /^TTFT of 24 h: median \d+ ms, 0 failures/,
  )
  expect(said).toEqual([])
})

test('filter, group and sort are in the URL, and a link brings them back', async ({ skip }) => {
  const { page } = await open(`${origin}/?sort=-tps&group=provider`, skip)
  const head = page.getByRole('columnheader', { name: 'Speed' })
  await head.waitFor()
  expect(await head.getAttribute('aria-sort')).toBe('descending')
  await page.getByRole('rowheader', { name: /^Synthetic 1/i }).waitFor()
  await page.getByLabel('Filter').fill('nothing like it')
  await page.getByText('No target fits this filter').waitFor()
  expect(page.url()).toContain('q=nothing')
  await page.reload()
  await page.getByRole('button', { name: 'Show all 1' }).click()
  await page.getByRole('row', { name: /synthetic-1/ }).waitFor()
  expect(page.url()).not.toContain('q=')
})

test('nothing is wrong for axe in either theme, wide or narrow', async ({ skip }) => {
  const { page, said } = await open(`${origin}/`, skip)
  await page.getByRole('row', { name: /synthetic-1/ }).waitFor()
  for (const width of [1280, 390])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 844 })
      await page.emulateMedia({ colorScheme })
      expect(await violationsOf(page), `${colorScheme} ${width}`).toEqual([])
    }
  const wider = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
  expect(wider).toBeLessThanOrEqual(0)
  expect(said).toEqual([])
})

test('a wrong token is told, and a bar says that the server does not answer', async ({ skip }) => {
  const { page } = await open(`${origin}/#token=wrong`, skip)
  await page.getByText('Signing in failed: this token is wrong').waitFor()
  await page.getByRole('banner').getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('dialog').getByLabel('Token').fill('wrong as well')
  await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('dialog').getByText('this token is wrong').waitFor()
  expect(page.url()).toBe(`${origin}/`)
  expect(await violationsOf(page)).toEqual([])
  await page.keyboard.press('Escape')
  await page.route('**/api/v1/**', (route) => route.abort())
  await page.goto(origin)
  await page.getByRole('alert').filter({ hasText: 'The server does not answer' }).first().waitFor()
  expect(await violationsOf(page)).toEqual([])
  await page.unroute('**/api/v1/**')
  await page.getByRole('button', { name: 'Retry' }).click()
  await page.getByRole('row', { name: /synthetic-1/ }).waitFor()
})
