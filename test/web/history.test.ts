import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { expectAccessible } from '../support/accessible.ts'
import { command } from '../support/command.ts'
import { type Dashboard, serveDashboard } from '../support/dashboard.ts'

const env = { SYN_FRAMES: '12', SYN_DELAY_MS: '1' }
const models = ['synthetic-1', 'synthetic-fast']
let dashboard: Dashboard
let runs: string[] = []

interface Job {
  job_id: string
  finished_at: string | null
}

/** Calls both models some times, and answers with the id of the run once it is over. */
async function run(times: number): Promise<string> {
  const { ask } = dashboard
  for (const model of models) await ask('/targets', { provider: 'synthetic', model })
  const providers = models.map((model) => ({ provider_id: 'synthetic', model }))
  const { job_id: id } = await ask<Job>('/benchmarks/comparison', {
    providers,
    num_runs: times,
    prompt: 'hi',
  })
  const isOver = async () => (await ask<Job>(`/benchmarks/${id}`)).finished_at !== null
  await vi.waitUntil(isOver, { timeout: 30_000 })
  return id
}

beforeAll(async () => {
  dashboard = await serveDashboard(env)
  runs = [await run(1), await run(2)]
  await command('refresh-leaderboards.ts', ['--all'], { cwd: dashboard.folder, env })
})
afterAll(() => dashboard.close())

test('runs are filtered by the URL, opened in full, and their results saved as a file', async ({ skip }) => {
  const { page, said } = await dashboard.openPage('/history?mode=scheduled', skip, { acceptDownloads: true })
  await page.getByText('No run fits this filter').waitFor()
  await page.getByRole('button', { name: 'Show all runs' }).click()
  const row = page.getByRole('row', { name: /synthetic-1 and synthetic-fast/ })
  await expect.poll(() => row.count()).toBe(2)
  expect(await row.first().innerText()).toContain('4 of 4')
  await expectAccessible(page)
  await page.getByLabel('Search runs').fill('SYNTHETIC-fast finished')
  await expect.poll(() => page.url()).toContain('q=SYNTHETIC-fast')
  await expect.poll(() => row.count()).toBe(2)
  await page.getByLabel('Search runs').fill('nothing like it')
  await page.getByText('No run fits this filter').waitFor()
  expect(page.url()).toContain('q=nothing')
  await page.goto(`${dashboard.origin}/history/${runs[1]}`)
  await page.getByRole('heading', { name: 'By target' }).waitFor()
  const calls = page.getByRole('table', { name: 'The calls of the run' }).locator('tbody tr')
  await expect.poll(() => calls.count()).toBe(4)
  await expectAccessible(page)
  await page.getByRole('link', { name: 'Show the prompt and the answers' }).click()
  await page.getByText('hi', { exact: true }).waitFor()
  expect(page.url()).toContain('text=true')
  const saving = page.waitForEvent('download')
  await page.getByRole('link', { name: 'CSV' }).click()
  expect((await saving).suggestedFilename()).toBe('firsttoken-results.csv')
  expect(said).toEqual([])
})

test('two runs are chosen in the list and stand beside each other, the older one first', async ({ skip }) => {
  const { page, said } = await dashboard.openPage('/history', skip)
  const boxes = page.getByRole('checkbox')
  await boxes.first().check()
  await page.getByText('choose another run').waitFor()
  await boxes.nth(1).check()
  await page.getByRole('region', { name: 'Runs to compare' }).getByRole('link', { name: 'Compare' }).click()
  const compared = page.getByRole('table', { name: 'Two runs by target' })
  const row = compared.getByRole('row', { name: /synthetic-fast/ })
  await row.waitFor()
  await page.getByRole('region', { name: 'Before' }).getByText('2 of 2 succeeded').waitFor()
  await page.getByRole('region', { name: 'After' }).getByText('4 of 4 succeeded').waitFor()
  await expectAccessible(page)
  expect(new URL(page.url()).searchParams.get('before')).toContain(runs[0])
  expect(said).toEqual([])
})

test('targets are compared by a link, and one that is left out leaves it', async ({ skip }) => {
  const { page, said } = await dashboard.openPage('/compare', skip)
  for (const model of models) await page.getByLabel('Add a target').selectOption({ label: model })
  const table = page.getByRole('table', { name: 'Targets side by side' })
  await table.getByRole('row', { name: /synthetic-fast/ }).waitFor()
  await page.reload()
  await expect.poll(() => table.locator('tbody tr').count()).toBe(2)
  await expect.poll(() => table.innerText()).toMatch(/n \d · too few to rank/)
  await expectAccessible(page)
  await table.getByRole('link', { name: 'Leave out synthetic-1' }).click()
  await expect.poll(() => table.locator('tbody tr').count()).toBe(1)
  expect(said).toEqual([])
})

test('a run is deleted by who is signed in, after a question', async ({ skip }) => {
  const { page, said } = await dashboard.openPage(`/history/${runs[0]}`, skip)
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByLabel('Token').waitFor()
  // The token is in the fragment: only a page that is loaded anew reads it.
  await page.goto('about:blank')
  await page.goto(dashboard.link)
  await page.getByText('You are signed in').waitFor()
  await page.goto(`${dashboard.origin}/history/${runs[0]}`)
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Keep it' }).click()
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Delete the run' }).click()
  await page.getByText('The run is deleted, with 2 results').waitFor()
  await expect.poll(() => page.getByRole('checkbox').count()).toBe(1)
  expect(said).toEqual([])
})
