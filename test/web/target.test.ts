import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { complaintsOf, openBrowser, patienceMs, violationsOf } from '../support/browser.ts'
import { makeFolder, removeFolder, type Running, start } from '../support/command.ts'

const folder = makeFolder()
const env = { LOG_LEVEL: 'silent', SYN_FRAMES: '12', SYN_DELAY_MS: '20' }
let browser: Browser | null = null
let served: Running
let origin = ''

interface Results {
  rows: { id: string; target_id: string }[]
}
const patience = { timeout: 40_000, interval: 100 }
let ids = { target: '', result: '' }

beforeAll(async () => {
  browser = await openBrowser()
  served = start('serve.ts', ['--port', '0', '--no-schedule'], { cwd: folder, env })
  const link = new URL(await served.until(/http:\/\/127\.0\.0\.1:\d+\/#token=\S+/))
  ;({ origin } = link)
  const headers = {
    authorization: `Bearer ${link.hash.slice('#token='.length)}`,
    'content-type': 'application/json',
  }
  const post = async (path: string, body: object) => {
    const made = await fetch(`${origin}/api/v1/${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    return made.ok
  }
  // A server that has just started says for seconds that its database opens.
  await vi.waitUntil(() => post('targets', { provider: 'synthetic', model: 'synthetic-1' }), patience)
  await post('benchmarks/multi', { provider_id: 'synthetic', model: 'synthetic-1', num_runs: 2 })
  ids = await vi.waitUntil(async () => {
    const { rows } = (await (await fetch(`${origin}/api/v1/results`)).json()) as Results
    const [first] = rows
    return first !== undefined && rows.length === 2 && { target: first.target_id, result: first.id }
  }, patience)
})
afterAll(async () => {
  await browser?.close()
  served.child.kill('SIGTERM')
  await served.ended
  removeFolder(folder)
})

async function open(path: string, skip: () => never): Promise<{ page: Page; said: string[] }> {
  if (browser === null) return skip()
  const page = await (await browser.newContext()).newPage()
  page.setDefaultTimeout(patienceMs)
  const said = complaintsOf(page)
  await page.goto(origin + path)
  return { page, said }
}

async function expectAccessible(page: Page): Promise<void> {
  for (const width of [1280, 390])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 844 })
      await page.emulateMedia({ colorScheme })
      expect(await violationsOf(page), `${colorScheme} ${width}`).toEqual([])
    }
  const wider = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
  expect(wider).toBeLessThanOrEqual(0)
}

test('a row of Now opens its target, whose charts are told by the arrow keys and shown as tables', async ({
  skip,
}) => {
  const { page, said } = await open('/', skip)
  await page
    .getByRole('row', { name: /synthetic-1/ })
    .getByRole('link')
    .click()
  await page.getByRole('heading', { level: 1, name: 'synthetic-1' }).waitFor()
  const chart = page.getByRole('slider', { name: 'TTFT', exact: true })
  await chart.locator('canvas').waitFor()
  await chart.focus()
  await page.keyboard.press('Home')
  expect(await chart.getAttribute('aria-valuetext')).toMatch(/\n(?:p50 )?\d+ ms, n \d/)
  await page.getByRole('button', { name: '7 d', exact: true }).click()
  await page.getByText('a point: 60 min').first().waitFor()
  await page.getByRole('button', { name: 'Table of Speed' }).click()
  expect(new URL(page.url()).search).toBe('?range=7d&view=table')
  await page.reload()
  const table = page.getByRole('table', { name: 'Speed by step, latest first' })
  await table.waitFor()
  expect(await table.getByRole('row').count()).toBe(2)
  await expectAccessible(page)
  expect(said).toEqual([])
})

test('a result opens as its timeline; its text is read when asked for, and is played at its own pace', async ({
  skip,
}) => {
  const { page, said } = await open(`/targets/${ids.target}`, skip)
  const results = page.getByRole('table', { name: /each opens as its timeline/ })
  await results.getByRole('link').last().click()
  await page.getByRole('heading', { name: 'Timeline' }).waitFor()
  expect(page.url()).toBe(`${origin}/results/${ids.result}`)
  await page.getByRole('button', { name: 'Show the text' }).click()
  const written = page.getByRole('region', { name: 'Answer' }).locator('p')
  await written.waitFor()
  const whole = await written.innerText()
  expect(whole.length).toBeGreaterThan(20)
  const axis = page.getByRole('slider', { name: 'Tokens' })
  await axis.focus()
  await page.keyboard.press('Home')
  expect(await axis.getAttribute('aria-valuetext')).toMatch(/^1 of 12 at \d+ ms: \d+ characters? of /)
  const first = await written.innerText()
  expect(first.length).toBeLessThan(whole.length)
  await page.keyboard.press('Space')
  await page.getByRole('button', { name: 'Play at its own pace' }).waitFor()
  expect(await written.innerText()).toBe(whole)
  await page.reload()
  await written.waitFor()
  await expectAccessible(page)
  expect(said).toEqual([])
})

test('what does not exist is told, with a way out', async ({ skip }) => {
  const { page } = await open('/targets/00000000-0000-4000-8000-000000000000', skip)
  await page.getByRole('heading', { name: 'There is no such target' }).waitFor()
  await page.goto(`${origin}/results/00000000-0000-4000-8000-000000000000`)
  const alert = page.getByRole('alert').filter({ hasText: 'could not be read' })
  await alert.waitFor()
  expect(await alert.getByRole('button', { name: 'Retry' }).count()).toBe(1)
})
