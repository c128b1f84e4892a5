import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { expectAccessible } from '../support/accessible.ts'
import { type Dashboard, serveDashboard } from '../support/dashboard.ts'
import { type Front, startFront } from '../support/front.ts'

let provider: Synthetic
let front: Front
let dashboard: Dashboard
beforeAll(async () => {
  provider = await startSynthetic({ options: { frames: 32, delayMs: 3 } })
  front = await startFront(provider.port)
  dashboard = await serveDashboard({
    LLM_BASE_URL: `${front.url}/v1`,
    LLM_MODEL: 'synthetic/seed/1',
    LLM_NAME: 'Fronted',
  })
})
afterAll(async () => {
  await dashboard.close()
  front.close()
  await provider.close()
})

test('a sweep is chosen by keyboard, watched level by level, read, judged again and found in the list', async ({
  skip,
}) => {
  const { page, said } = await dashboard.openPage('/lab', skip, { isSignedIn: true })
  const start = page.getByRole('button', { name: 'Start sweep' })
  await page.getByText('Select a model to load').waitFor()
  await start.press('Enter')
  expect(new URL(page.url()).search).not.toContain('run')
  await page.getByRole('checkbox', { name: /seed/ }).press('Space')
  await page.getByRole('button', { name: '8', exact: true }).press('Enter')
  expect(await page.getByLabel('Or as a list').inputValue()).toBe('1, 2, 4')
  await page.getByLabel('Or as a list').fill('1, 2, x')
  await page.getByText("'x' is no whole number from 1 to 1000").waitFor()
  await page.getByLabel('Or as a list').fill('1, 2, 3')
  await page.getByLabel('Calls per level').fill('12')
  await page.getByText('Cost at most').waitFor()
  await expectAccessible(page)
  // In the second level calls wait until the progress of the first has been seen.
  const { release } = front.hold(1, 20)
  await start.press('Enter')
  const progress = page.getByRole('region', { name: 'Progress' })
  await progress.getByText(/^level [123] of 3$/).waitFor()
  await progress.getByRole('progressbar', { name: 'Calls of level 3' }).waitFor()
  await progress.getByRole('row', { name: /^1 in flight over/ }).waitFor()
  release()
  const levels = page.getByRole('table', { name: 'Levels of the sweep' })
  await levels.waitFor()
  expect(await levels.getByRole('row', { name: /^[123] in flight/ }).count()).toBe(3)
  const head = await page.locator('dl').first().innerText()
  expect(head).toMatch(/Most answers\s[^]*Knee\s[^]*TTFT p50 at [^]*Failed\s+0\s+of 36 requests that count/)
  // The arrows go from level to level, and a table says the same.
  const curve = page.getByRole('slider', { name: 'Throughput and latency' })
  await curve.press('Home')
  // On a busy machine the timing of some says nothing.
  expect(await curve.getAttribute('aria-valuetext')).toMatch(
    /^1 in flight.*: .* requests\/s, TTFT p50 .* n \d+/,
  )
  await curve.press('ArrowRight')
  expect(await curve.getAttribute('aria-valuetext')).toMatch(/^2 in flight/)
  await page.getByRole('button', { name: /^Table/ }).click()
  await page.getByRole('table', { name: 'Throughput and TTFT p50 by level' }).waitFor()
  // No request has its first token within a millisecond, and every one has it within an hour.
  await page.getByLabel('TTFT', { exact: true }).fill('1')
  await levels.getByRole('columnheader', { name: 'Goodput' }).waitFor()
  await levels.getByRole('row', { name: /^1 in flight.* 0 %/ }).waitFor()
  await page.getByLabel('TTFT', { exact: true }).fill('3600000')
  await levels.getByRole('row', { name: /^1 in flight.* 100 %/ }).waitFor()
  const report = await page.getByRole('link', { name: 'Report' }).getAttribute('href')
  expect(report).toContain('slo=ttft')
  const read = await page.request.get(`${dashboard.origin}${report}`)
  expect([read.status(), read.headers()['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
  expect(page.url()).toContain('chart=table')
  await expectAccessible(page)
  await page.getByRole('link', { name: 'Sweeps' }).click()
  // Of a test that is tried again there is one from before.
  const listed = (load: string) =>
    page
      .getByRole('table', { name: 'Sweeps, newest first' })
      .getByRole('row')
      .filter({ hasText: load })
      .first()
  await listed('closed loop, 1 to 3 in flight').waitFor()
  await expectAccessible(page)
  // Others come into the list by themselves; one is compared level by level, the other has levels of its own.
  const target = { provider_id: 'fronted', model: 'synthetic/seed/1' }
  await dashboard.ask('/benchmarks/sweep', { ...target, concurrency: [2], total: 5, max_tokens: 256 })
  await dashboard.ask('/benchmarks/sweep', { ...target, concurrency: [2, 9], total: 5, max_tokens: 256 })
  await listed('2 to 9 in flight').getByText('finished').waitFor()
  const compare = async (load: string) => {
    await listed('1 to 3 in flight').getByRole('checkbox').check()
    await listed(load).getByRole('checkbox').check()
    const picks = page.getByRole('region', { name: 'Sweeps to compare' })
    await picks.getByRole('link', { name: 'Compare' }).click()
    await page.getByRole('heading', { name: 'Two sweeps' }).waitFor()
  }
  await compare('closed loop, 2 in flight')
  const both = page.getByRole('table', { name: 'Two sweeps by level and metric' })
  // A busy machine limits sweeps, which are not compared then.
  await both.or(page.getByText('These sweeps cannot be compared: no level can be compared')).first().waitFor()
  if (await both.isVisible()) {
    await both.getByRole('row', { name: /^TTFT p50 n [1-5] .* cannot say needs about \d+ more/ }).waitFor()
    await page.getByText(/^left out: .* 1: the second run does not have it$/).waitFor()
  }
  await expectAccessible(page)
  await page.getByRole('link', { name: 'Sweeps' }).click()
  await page.getByRole('button', { name: 'Clear' }).click()
  await compare('2 to 9 in flight')
  await page.getByText(/^These sweeps cannot be compared: the levels differ/).waitFor()
  await expectAccessible(page)
  await page.getByRole('region', { name: 'Before' }).getByRole('link').click()
  await levels.waitFor()
  expect(said).toEqual([])
})

test('a sweep that is cancelled keeps what was measured, and says what was not made', async ({ skip }) => {
  const models = encodeURIComponent('["fronted/synthetic/seed/1"]')
  const { page } = await dashboard.openPage(`/lab?models=${models}&concurrency=[2]&total=900`, skip, {
    isSignedIn: true,
  })
  await page.getByRole('button', { name: 'Start sweep' }).click()
  const row = page
    .getByRole('region', { name: 'Progress' })
    .getByRole('row', { name: /^2 in flight running/ })
  await row
    .getByText(/^n ([3-9]|\d{2})/)
    .first()
    .waitFor()
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await page.getByText('cancelled', { exact: true }).waitFor()
  const doubts = page.getByRole('region', { name: 'What to distrust' })
  await doubts.waitFor()
  expect(await doubts.innerText()).toMatch(/^2 in flight: \d+ calls not made\.$/m)
})

test('a search is chosen, says what it lacks, adds levels while it is watched, and tells what it found', async ({
  skip,
}) => {
  const models = encodeURIComponent('["fronted/synthetic/seed/1"]')
  const { page, said } = await dashboard.openPage(`/lab?models=${models}`, skip, { isSignedIn: true })
  const start = page.getByRole('button', { name: 'Start sweep' })
  await page.getByLabel('Levels', { exact: true }).selectOption('The highest that stays good')
  await page.getByText('Enter what a good request keeps: TTFT, time per token or latency').waitFor()
  expect(await start.getAttribute('aria-disabled')).toBe('true')
  await page.getByLabel('Latency', { exact: true }).fill('60000')
  await page.getByLabel('Good, in %').fill('50')
  await page.getByLabel('In flight at most').fill('3')
  await page.getByLabel('Calls per level').fill('8')
  // One client, two and three, who warm up, with 8 calls each: eight that are good are 68 % with 95 % confidence.
  await page.getByText('9 to 30', { exact: true }).waitFor()
  await expectAccessible(page)
  const asked = new URL(page.url()).searchParams
  expect(['seek', 'goodput', 'most', 'total'].map((name) => asked.get(name))).toEqual([
    'goodput',
    '50',
    '3',
    '8',
  ])
  await start.click()
  const progress = page.getByRole('region', { name: 'Progress' })
  await progress.getByText('the highest at which 50 % are good, up to 3').waitFor()
  await progress.getByRole('row', { name: /^2 in flight/ }).waitFor()
  const levels = page.getByRole('table', { name: 'Levels of the sweep' })
  await levels.waitFor()
  expect(await levels.getByRole('row', { name: /^[123] in flight/ }).count()).toBe(3)
  const verdict = await page.locator('dl').first().innerText()
  expect(verdict).toMatch(/50 % are good up to\s+3\s+in flight\s+it was tried no further than 3/)
  await expectAccessible(page)
  expect(said).toEqual([])
})

test('levels last, clients pause, and requests differ, as the address says', async ({ skip }) => {
  const models = encodeURIComponent('["fronted/synthetic/seed/1"]')
  const asked = 'concurrency=[2]&seconds=600&think=20&spread=exponential&outputs=8..16&category=qa'
  const { page } = await dashboard.openPage(`/lab?models=${models}&${asked}`, skip, { isSignedIn: true })
  expect(await page.getByLabel('Or limits that differ, in turn or at random').inputValue()).toBe('8..16')
  await page.getByLabel('Max Tokens', { exact: true }).and(page.locator(':disabled')).waitFor()
  await page.getByLabel('A prompt cache finds').selectOption('everything: all of a level are alike')
  await page.getByText('A warm cache is sent one prompt again and again').waitFor()
  await page.getByLabel('A prompt cache finds').selectOption('nothing: no two begin alike')
  await page.getByRole('button', { name: 'Start sweep' }).click()
  const progress = page.getByRole('region', { name: 'Progress' })
  await progress.getByRole('row', { name: /^2 in flight running .*[1-9]\d* calls?/ }).waitFor()
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await page.getByRole('table', { name: 'Levels of the sweep' }).waitFor()
  for (const words of ['10 min each', 'pauses of 20 ms', 'max 8 to 16 tokens', '4 prompts'])
    await page.getByText(words, { exact: true }).waitFor()
})

test('a sweep that is not there, and a reader without rights, are told so', async ({ skip }) => {
  const { page } = await dashboard.openPage('/lab?run=019e5a00-0000-7000-8000-000000000001', skip)
  await page.getByRole('heading', { name: 'There is no such sweep' }).waitFor()
  await page.getByRole('link', { name: 'Start one' }).click()
  await page.getByRole('checkbox', { name: /seed/ }).check()
  await page.getByText('Sign in to run sweeps').waitFor()
  expect(await page.getByRole('button', { name: 'Start sweep' }).getAttribute('aria-disabled')).toBe('true')
})
