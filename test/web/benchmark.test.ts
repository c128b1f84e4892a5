import type { Page, Route } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { expectAccessible } from '../support/accessible.ts'
import { patienceMs } from '../support/browser.ts'
import { type Dashboard, serveDashboard } from '../support/dashboard.ts'
import { type Front, startFront } from '../support/front.ts'

let provider: Synthetic
let front: Front
let dashboard: Dashboard
beforeAll(async () => {
  provider = await startSynthetic({ options: { frames: 32, delayMs: 6 } })
  front = await startFront(provider.port)
  dashboard = await serveDashboard({
    LLM_BASE_URL: `${front.url}/v1`,
    LLM_MODEL: 'synthetic/seed/1',
    LLM_NAME: 'Fronted',
    // A provider whose key is not set: it refuses whoever calls its models by the names of faults.
    DEEPSEEK_BASE_URL: `http://127.0.0.1:${provider.port}/v1`,
  })
})
afterAll(async () => {
  await dashboard.close()
  front.close()
  await provider.close()
})

/** Benchmark, by a link with these choices, for who is signed in. */
const open = (search: string, skip: () => never) =>
  dashboard.openPage(`/benchmark${search}`, skip, { isSignedIn: true })

const searchOf = (models: string[], more = ''): string =>
  `?models=${encodeURIComponent(JSON.stringify(models))}${more}`
const runButton = (page: Page) => page.getByRole('button', { name: 'Run Benchmark' })
const rows = (page: Page) => page.getByRole('region', { name: 'Calls' }).getByRole('row', { name: /run \d/ })

test('models are chosen, called and compared, and every call is told without polling', async ({ skip }) => {
  const { page, said } = await open('', skip)
  await page.getByText('Select at least one model').waitFor()
  expect(await runButton(page).getAttribute('aria-disabled')).toBe('true')
  await runButton(page).press('Enter')
  await page.getByLabel('Search models').fill('seed')
  await page.getByRole('button', { name: 'Select All of Fronted' }).click()
  await page.getByLabel('Max Tokens', { exact: true }).fill('128')
  await page.getByLabel('Runs', { exact: true }).fill('4')
  await page.getByRole('button', { name: '5K', exact: true }).click()
  await page.getByLabel('Warm-up').check()
  await expectAccessible(page)
  await page.getByText('Cost at most').waitFor()
  const reads: string[] = []
  page.on('request', (request) => void reads.push(new URL(request.url()).pathname))
  const { release } = front.hold(1, 3)
  await runButton(page).click()
  await page.getByText('Running', { exact: true }).waitFor()
  await rows(page).first().waitFor()
  expect(await page.getByText('Finished', { exact: true }).count()).toBe(0)
  release()
  await page.getByText('Finished', { exact: true }).waitFor()
  const job = reads.filter((path) => /\/benchmarks\/[\da-f-]{36}$/.test(path))
  expect(job.length).toBeLessThanOrEqual(4)
  const bar = page.getByRole('progressbar', { name: 'All calls' })
  await expect.poll(() => bar.getAttribute('aria-valuenow')).toBe('100')
  const summary = page.locator('dl')
  await summary.waitFor()
  for (const text of [
    'Fastest model',
    'Best TTFT',
    'Best @ 0K',
    'Best @ Max Tier',
    'Tiers Tested',
    'Failures',
  ])
    expect(await summary.getByText(text, { exact: true }).count(), text).toBe(1)
  // On a busy machine the timing of some says nothing.
  expect(await summary.innerText()).toMatch(
    /Fastest model\s+\d+ tok\/s\s+synthetic\/seed\/1 · Fronted · n [1-4]\b/,
  )
  expect(await rows(page).count()).toBe(8)
  expect(await rows(page).first().getByRole('link').getAttribute('href')).toMatch(/^\/results\/[\da-f-]{36}$/)
  const heads = await page.getByRole('region', { name: 'Calls' }).getByRole('columnheader').allInnerTexts()
  expect(heads).toEqual(expect.arrayContaining(['Tok/s', 'TTFT', 'Duration', 'Status']))
  await expectAccessible(page)
  await page.getByRole('button', { name: 'New benchmark' }).click()
  expect(await page.getByRole('checkbox', { name: /seed/ }).isChecked()).toBe(true)
  expect(said).toEqual([])
})

test('a run goes on in a tab that is loaded again, in another one and after a restart, shows its text, and is cancelled in both', async ({
  skip,
}) => {
  const { page } = await open(
    searchOf(['fronted/synthetic/frames/32/delay_ms/30'], '&runs=10&tiers=[0,5000,50000]'),
    skip,
  )
  await runButton(page).click()
  await rows(page).first().waitFor()
  await page.reload()
  await rows(page).first().waitFor()
  await page.getByRole('switch', { name: 'Show text as it streams' }).check()
  const progress = page.getByRole('region', { name: 'Progress' })
  // Words of the synthetic provider.
  await expect
    .poll(() => progress.innerText(), { timeout: patienceMs })
    .toMatch(/river|engineer|lighthouse|signal|machine|reader/i)
  await expectAccessible(page)
  expect(page.url()).toContain('stream=true')
  const other = await page.context().newPage()
  await other.goto(page.url())
  await rows(other).first().waitFor()
  const known = await rows(other).count()
  await rows(other).nth(known).waitFor()
  await rows(page).nth(known).waitFor()
  // A run outlives the server that makes it, and so do its pages.
  await dashboard.kill()
  const away = page.getByRole('alert').filter({ hasText: 'The server does not answer' })
  await away.waitFor()
  const before = await rows(page).count()
  dashboard.serveAgain()
  await rows(page).nth(before).waitFor()
  await rows(other).nth(before).waitFor()
  await away.waitFor({ state: 'detached' })
  await other.getByRole('button', { name: 'Cancel', exact: true }).click()
  await other.getByText(/^Cancelled, \d+ calls not made$/).waitFor()
  await page.getByText(/^Cancelled, \d+ calls not made$/).waitFor()
  await page.getByText('Fastest model').waitFor()
  const counts = () => Promise.all([page, other].map((each) => rows(each).count()))
  await expect.poll(async () => new Set(await counts()).size).toBe(1)
})

test('a model without a key fails with the refusal of its provider, and a run of such ones says it', async ({
  skip,
}) => {
  const { page } = await open(searchOf(['deepseek/synthetic/fault/unauthorized'], '&limit=1'), skip)
  await runButton(page).click()
  const banner = page.getByRole('alert')
  await banner
    .getByText('All benchmarks failed. Check your API keys and model configuration.', { exact: true })
    .waitFor()
  await banner.getByText('401 Unauthorized').click()
  await banner.getByText('Incorrect API key provided').waitFor()
  await expect.poll(() => rows(page).innerText()).toContain('401 Unauthorized')
  await expectAccessible(page)
})

test('a configuration that cannot be loaded is told, and loaded by Retry', async ({ skip }) => {
  const { page } = await open('', skip)
  await page.route('**/api/v1/providers', (route) => route.abort())
  await page.reload()
  await page.getByText('Failed to load configuration. Check your connection and refresh.').waitFor()
  await page.unroute('**/api/v1/providers')
  await page.getByRole('button', { name: 'Retry' }).click()
  await page.getByRole('checkbox', { name: /seed/ }).waitFor()
  expect(await page.getByRole('alert').count()).toBe(0)
})

test('a start that is refused for now says when to retry, and a retry is the same start', async ({
  skip,
}) => {
  const { page } = await open(searchOf(['fronted/synthetic/seed/1'], '&mode=single'), skip)
  const keys: (string | undefined)[] = []
  const starts = '**/api/v1/benchmarks/single'
  const refuse = (route: Route) => {
    keys.push(route.request().headers()['idempotency-key'])
    return route.fulfill({
      status: 429,
      contentType: 'application/problem+json',
      headers: { 'retry-after': '1800' },
      body: JSON.stringify({
        type: 'urn:firsttoken:problem:rate_limited',
        detail: 'No more than 20 an hour.',
      }),
    })
  }
  await page.route(starts, refuse)
  await runButton(page).click()
  await page.getByRole('alert').getByText('It can be tried again in 30 min').waitFor()
  await page.getByText('It was not started: No more than 20 an hour.').waitFor()
  await page.unroute(starts)
  page.on('request', (request) => {
    if (request.url().endsWith('/benchmarks/single')) keys.push(request.headers()['idempotency-key'])
  })
  await page.getByRole('button', { name: 'Retry' }).click()
  await page.getByText('Finished', { exact: true }).waitFor()
  expect(keys).toHaveLength(2)
  expect(keys[0]).toMatch(/^[\da-f]{32}$/)
  expect(keys[1]).toBe(keys[0])
})
