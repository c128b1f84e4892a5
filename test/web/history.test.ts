import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { complaintsOf, openBrowser, patienceMs, violationsOf } from '../support/browser.ts'
import { command, makeFolder, removeFolder, type Running, start } from '../support/command.ts'

const folder = makeFolder()
const env = { LOG_LEVEL: 'silent', SYN_FRAMES: '12', SYN_DELAY_MS: '1' }
let browser: Browser | null = null
let served: Running
let link = ''
let origin = ''
let runs: string[] = []

const models = ['synthetic-1', 'synthetic-fast']

/** Calls both models some times, and answers with the id of the run once it is over. */
async function run(times: number): Promise<string> {
  const headers = {
    authorization: `Bearer ${new URLSearchParams(new URL(link).hash.slice(1)).get('token')}`,
    'content-type': 'application/json',
  }
  const ask = async (path: string, body?: object) => {
    const given = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const response = await fetch(`${origin}/api/v1${path}`, { headers, ...given })
    if (!response.ok) throw new Error(await response.text())
    return (await response.json()) as Record<string, string | null>
  }
  for (const model of models) await ask('/targets', { provider: 'synthetic', model })
  const providers = models.map((model) => ({ provider_id: 'synthetic', model }))
  const { job_id: id } = await ask('/benchmarks/comparison', { providers, num_runs: times, prompt: 'hi' })
  await vi.waitUntil(async () => (await ask(`/benchmarks/${id}`))['finished_at'] !== null, {
    timeout: 30_000,
  })
  return id ?? ''
}

beforeAll(async () => {
  browser = await openBrowser()
  served = start('serve.ts', ['--port', '0', '--no-schedule'], { cwd: folder, env })
  link = await served.until(/http:\/\/127\.0\.0\.1:\d+\/#token=\S+/)
  ;({ origin } = new URL(link))
  await vi.waitUntil(async () => (await fetch(`${origin}/api/v1/runs`)).ok, { timeout: 30_000 })
  runs = [await run(1), await run(2)]
  await command('refresh-leaderboards.ts', ['--all'], { cwd: folder, env })
})
afterAll(async () => {
  await browser?.close()
  served.child.kill('SIGTERM')
  await served.ended
  removeFolder(folder)
})

/** A tab of its own, as another person's; skips the test where there is no browser. */
async function open(url: string, skip: () => never): Promise<{ page: Page; said: string[] }> {
  if (browser === null) return skip()
  const page = await (await browser.newContext({ acceptDownloads: true })).newPage()
  page.setDefaultTimeout(patienceMs)
  const said = complaintsOf(page)
  await page.goto(url)
  return { page, said }
}

test('runs are filtered by the URL, opened in full, and their results saved as a file', async ({ skip }) => {
  const { page, said } = await open(`${origin}/history?mode=scheduled`, skip)
  await page.getByText('No run fits this filter').waitFor()
  await page.getByRole('button', { name: 'Show all runs' }).click()
  const row = page.getByRole('row', { name: /synthetic-1 and synthetic-fast/ })
  await expect.poll(() => row.count()).toBe(2)
  expect(await row.first().innerText()).toContain('4 of 4')
  await page.getByLabel('Search runs').fill('nothing like it')
  await page.getByText('No run fits this filter').waitFor()
  expect(page.url()).toContain('q=nothing')
  await page.goto(`${origin}/history/${runs[1]}`)
  await page.getByRole('heading', { name: 'By target' }).waitFor()
  expect(await page.getByRole('table', { name: 'The calls of the run' }).locator('tbody tr').count()).toBe(4)
  await page.getByRole('link', { name: 'Show the prompt and the answers' }).click()
  await page.getByText('hi', { exact: true }).waitFor()
  expect(page.url()).toContain('text=true')
  const saving = page.waitForEvent('download')
  await page.getByRole('link', { name: 'CSV' }).click()
  expect((await saving).suggestedFilename()).toBe('firsttoken-results.csv')
  expect(said).toEqual([])
})

test('two runs are chosen in the list and stand beside each other, the older one first', async ({ skip }) => {
  const { page, said } = await open(`${origin}/history`, skip)
  const boxes = page.getByRole('checkbox')
  await boxes.first().check()
  await page.getByText('choose another run').waitFor()
  await boxes.nth(1).check()
  await page.getByRole('region', { name: 'Runs to compare' }).getByRole('link', { name: 'Compare' }).click()
  const compared = page.getByRole('table', { name: 'Two runs by target' })
  const row = compared.getByRole('row', { name: /synthetic-fast/ })
  await row.waitFor()
  expect(await page.getByRole('region', { name: 'Before' }).innerText()).toContain('2 of 2 succeeded')
  expect(await page.getByRole('region', { name: 'After' }).innerText()).toContain('4 of 4 succeeded')
  expect(new URL(page.url()).searchParams.get('before')).toContain(runs[0])
  expect(said).toEqual([])
})

test('targets are compared by a link, and one that is left out leaves it', async ({ skip }) => {
  const { page, said } = await open(`${origin}/compare`, skip)
  for (const model of models) await page.getByLabel('Add a target').selectOption({ label: model })
  const table = page.getByRole('table', { name: 'Targets side by side' })
  await table.getByRole('row', { name: /synthetic-fast/ }).waitFor()
  await page.reload()
  await expect.poll(() => table.locator('tbody tr').count()).toBe(2)
  await expect.poll(() => table.innerText()).toMatch(/n \d · too few to rank/)
  await table.getByRole('link', { name: 'Leave out synthetic-1' }).click()
  await expect.poll(() => table.locator('tbody tr').count()).toBe(1)
  expect(said).toEqual([])
})

test('nothing is wrong for axe in either theme, wide or narrow', async ({ skip }) => {
  const { page } = await open(`${origin}/history`, skip)
  const screens = [
    ['/history', 'synthetic-1 and synthetic-fast'],
    [`/history/${runs[1]}`, 'By target'],
    [`/history/compare?before=${runs[0]}&after=${runs[1]}`, 'Before'],
    ['/compare?model=synthetic-1', 'too few to rank'],
  ] as const
  for (const [index, [path, text]] of screens.entries()) {
    await page.setViewportSize({ width: index % 2 === 0 ? 1280 : 390, height: 844 })
    await page.goto(origin + path)
    await page.getByText(text).first().waitFor()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await violationsOf(page), `${path} ${colorScheme}`).toEqual([])
    }
    const wider = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
    expect(wider, path).toBeLessThanOrEqual(0)
  }
})

test('a run is deleted by who is signed in, after a question', async ({ skip }) => {
  const { page, said } = await open(`${origin}/history/${runs[0]}`, skip)
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByLabel('Token').waitFor()
  // The token is in the fragment: only a page that is loaded anew reads it.
  await page.goto('about:blank')
  await page.goto(link)
  await page.getByText('You are signed in').waitFor()
  await page.goto(`${origin}/history/${runs[0]}`)
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Keep it' }).click()
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Delete the run' }).click()
  await page.getByText('The run is deleted, with 2 results').waitFor()
  await expect.poll(() => page.getByRole('checkbox').count()).toBe(1)
  expect(said).toEqual([])
})
