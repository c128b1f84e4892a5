import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { expectAccessible } from '../support/accessible.ts'
import { patienceMs } from '../support/browser.ts'
import { type Dashboard, serveDashboard } from '../support/dashboard.ts'
import { clientLeft, providerFailed, sampleRecord, sampleText } from '../support/proxy-records.ts'

interface Results {
  rows: { id: string; target_id: string; created_at: string; timing_quality: string }[]
}

// Of a TTFT this long even a busy machine can tell.
const model = 'synthetic/ttft_ms/500'
const row = { name: new RegExp(model) }

let dashboard: Dashboard
let ids = { target: '', result: '' }
/** When the results were made whose timing can be told: they may lie on both sides of any step's end. */
let moments: number[] = []
beforeAll(async () => {
  dashboard = await serveDashboard({ SYN_FRAMES: '12', SYN_DELAY_MS: '20' })
  await dashboard.ask('/targets', { provider: 'synthetic', model })
  await dashboard.ask('/benchmarks/multi', { provider_id: 'synthetic', model, num_runs: 2 })
  ids = await vi.waitUntil(
    async () => {
      const { rows } = await dashboard.ask<Results>('/results')
      const [first] = rows
      const told = rows.filter(({ timing_quality: quality }) => quality !== 'untrusted')
      moments = told.map((each) => Date.parse(each.created_at))
      return first !== undefined && rows.length === 2 && { target: first.target_id, result: first.id }
    },
    { timeout: 40_000, interval: 100 },
  )
})
afterAll(() => dashboard.close())

test('a row of Now opens its target, whose charts are told by the arrow keys and shown as tables', async ({
  skip,
}) => {
  const { page, said } = await dashboard.openPage('/', skip)
  await page.getByRole('row', row).getByRole('link').click()
  await page.getByRole('heading', { level: 1, name: model }).waitFor()
  const chart = page.getByRole('slider', { name: 'TTFT', exact: true })
  await chart.locator('canvas').waitFor()
  await chart.focus()
  await page.keyboard.press('Home')
  await vi.waitUntil(async () => /: [\d.]+ m?s$/.test((await chart.getAttribute('aria-valuetext')) ?? ''), {
    timeout: patienceMs,
    interval: 100,
  })
  await page.keyboard.press('Shift+ArrowRight')
  expect(await chart.getAttribute('aria-valuetext')).toMatch(/Enter shows it alone$/)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Back to 24 h' }).waitFor()
  const span = new URL(page.url()).searchParams
  expect([...span.keys()]).toEqual(['from', 'to'])
  const [from = 0, to = 0] = ['from', 'to'].map((key) => Date.parse(span.get(key) ?? ''))
  const shown = moments.filter((at) => at >= from && at < to).length
  expect(shown).toBeGreaterThan(0)
  const spread = page.getByRole('slider', { name: 'Distribution' })
  await page.getByRole('region', { name: 'Distribution' }).scrollIntoViewIfNeeded()
  await spread.focus()
  await page.keyboard.press('Home')
  expect(await spread.getAttribute('aria-valuetext')).toMatch(
    new RegExp(String.raw`^the least was [\d.]+ m?s, n ${shown}$`),
  )
  await page.getByRole('heading', { name: 'Phases of a call' }).waitFor()
  // Enter on a point opens its result, and the way back is the span.
  await chart.focus()
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Timeline' }).waitFor()
  await page.goBack()
  await page.getByRole('button', { name: '7 d', exact: true }).click()
  await page.getByText('a point: 60 min').first().waitFor()
  await page.getByRole('button', { name: 'Table of Speed' }).click()
  expect(new URL(page.url()).search).toBe('?range=7d&view=table')
  await page.reload()
  const table = page.getByRole('table', { name: 'Speed by step, latest first' })
  await table.waitFor()
  const hours = new Set(moments.map((at) => Math.floor(at / 3_600_000)))
  await expect.poll(() => table.getByRole('row').count()).toBe(1 + hours.size)
  await expectAccessible(page)
  expect(said).toEqual([])
})

test('limits of a target are set, said and taken away', async ({ skip }) => {
  const { page, said } = await dashboard.openPage(`/targets/${ids.target}`, skip, { isSignedIn: true })
  const limits = page.getByRole('button', { name: 'Limits', exact: true })
  await limits.and(page.locator('[aria-disabled=false]')).click()
  const form = page.getByRole('dialog', { name: `Limits of ${model}` })
  await form.getByLabel('Time to first token').fill('1.5')
  await form.getByText('A whole number of ms').waitFor()
  await expectAccessible(page)
  await form.getByLabel('Time to first token').fill('900')
  await form.getByLabel('Whole answer').fill('3600000')
  await form.getByRole('button', { name: 'Save' }).click()
  await page.getByText('TTFT at most 900 ms').waitFor()
  await limits.click()
  expect(await form.getByLabel('Time to first token').inputValue()).toBe('900')
  await form.getByLabel('Time to first token').fill('')
  await form.getByLabel('Whole answer').press('Enter')
  await page.getByText('TTFT at most 900 ms').waitFor({ state: 'detached' })
  await page.getByText('Latency at most').waitFor()
  expect(said).toEqual([])
})

test('an interval of a target is set, said and taken away', async ({ skip }) => {
  const { page, said } = await dashboard.openPage(`/targets/${ids.target}`, skip, { isSignedIn: true })
  const button = page.getByRole('button', { name: 'Interval', exact: true })
  await button.and(page.locator('[aria-disabled=false]')).click()
  const form = page.getByRole('dialog', { name: `Interval of ${model}` })
  await form.getByLabel('Minutes').fill('1441')
  await form.getByText('A whole number of minutes').waitFor()
  await expectAccessible(page)
  await form.getByLabel('Minutes').fill('360')
  await form.getByRole('button', { name: 'Save' }).click()
  await page.getByText('every 6 h', { exact: true }).waitFor()
  await button.click()
  expect(await form.getByLabel('Minutes').inputValue()).toBe('360')
  await form.getByLabel('Minutes').fill('')
  await form.getByLabel('Minutes').press('Enter')
  await page.getByText('every 6 h', { exact: true }).waitFor({ state: 'detached' })
  expect(said).toEqual([])
})

test('objectives of a target are set, show what is left and what two checks cannot prove, and are taken away', async ({
  skip,
}) => {
  const { page, said } = await dashboard.openPage(`/targets/${ids.target}`, skip, { isSignedIn: true })
  const button = page.getByRole('button', { name: 'Objectives', exact: true })
  await button.and(page.locator('[aria-disabled=false]')).click()
  const form = page.getByRole('dialog', { name: `Objectives of ${model}` })
  const fields = ['Available', 'First token within', 'First token in time']
  for (const label of fields) await form.getByLabel(label).fill('')
  await form.getByLabel('Available').fill('100')
  await form.getByText('Above 50 and below 100').waitFor()
  await expectAccessible(page)
  await form.getByLabel('Available').fill('99')
  await form.getByLabel('First token within').fill('100')
  await form.getByText('Is needed, too').waitFor()
  await form.getByLabel('First token in time').fill('95')
  await form.getByRole('button', { name: 'Save' }).click()
  const table = page.getByRole('table', { name: /Objectives, and what is left/ })
  const available = table.getByRole('row', { name: /99 % available/ })
  await available.getByText('n 2 · 30 d').waitFor()
  await available.getByText('0 of 2 bad').first().waitFor()
  await page
    .getByText(/^99 % available cannot be proven yet: 2 checks without a failure prove 34\.238 % at most/)
    .waitFor()
  await table.getByRole('row', { name: /95 % TTFT within 100 ms/ }).waitFor()
  await expectAccessible(page)
  await button.click()
  expect(await form.getByLabel('First token in time').inputValue()).toBe('95')
  for (const label of fields) await form.getByLabel(label).fill('')
  await form.getByRole('button', { name: 'Save' }).click()
  await table.waitFor({ state: 'detached' })
  expect(said).toEqual([])
})

test('a result opens as its timeline; its text is read when asked for, and is played at its own pace', async ({
  skip,
}) => {
  const { page, said } = await dashboard.openPage(`/targets/${ids.target}`, skip)
  const results = page.getByRole('table', { name: /each opens as its timeline/ })
  await results.getByRole('link').last().click()
  await page.getByRole('heading', { name: 'Timeline' }).waitFor()
  expect(page.url()).toBe(`${dashboard.origin}/results/${ids.result}`)
  await page.getByRole('button', { name: 'Show the text' }).click()
  const written = page.getByRole('region', { name: 'Answer' }).locator('p')
  await written.waitFor()
  const whole = await written.innerText()
  expect(whole.length).toBeGreaterThan(20)
  const axis = page.getByRole('slider', { name: 'Tokens' })
  await axis.focus()
  await page.keyboard.press('Home')
  expect(await axis.getAttribute('aria-valuetext')).toMatch(/^[1-9] of 12 at [\d.]+ m?s: \d+ characters? of /)
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

test('traffic of the model is shown beside its probes, and before there is any, how it comes there', async ({
  skip,
}) => {
  const { page, said } = await dashboard.openPage(`/targets/${ids.target}`, skip)
  const traffic = page.getByRole('region', { name: 'Your traffic' })
  await traffic.scrollIntoViewIfNeeded()
  await traffic.getByText('No request for this model came through the proxy. With PROXY=on').waitFor()
  const sql = await openEmbedded({ dir: join(dashboard.folder, '.data') })
  const about = { provider: 'synthetic', modelAsked: model, synthetic: true, overheadBeforeMs: 0.3 }
  const rows = [
    ...Array.from({ length: 60 }, (_, n) => sampleRecord({ ...about, ttftMs: 501 + 2 * n })),
    ...Array.from({ length: 3 }, () => sampleRecord({ ...about, ...providerFailed })),
    sampleRecord({ ...about, ...clientLeft }),
  ]
  const texts = rows
    .slice(0, 2)
    .map(({ id, receivedAt }) => sampleText({ requestId: id, capturedAt: receivedAt }))
  const recorded = await createSqlStore(sql).recordProxyRequests({ rows, texts })
  expect(recorded).toEqual({ recorded: 64, refused: [] })
  await sql.close()
  await page.reload()
  await traffic.scrollIntoViewIfNeeded()
  // 3 of the 63 that did not leave are 4.76 %; of 501 to 619 the median is 560 and the p95 613.1.
  await traffic.getByText('3 of 63 · 0 other failures').waitFor()
  const told = await traffic.innerText()
  for (const each of ['64', '1 left by their clients', '4.76 %', 'n 60 · p95 613 ms'])
    expect(told).toContain(each)
  await traffic.getByText('The texts of 2 requests are kept').waitFor()
  const lines = traffic.getByRole('table', { name: 'Your traffic beside the probes' })
  await lines.getByRole('row', { name: /^Your traffic 60 560 ms 613 ms/ }).waitFor()
  await lines.getByRole('row', { name: /^Probes, / }).waitFor()
  await expectAccessible(page)
  expect(said).toEqual([])
})

test('what does not exist is told, with a way out', async ({ skip }) => {
  const { page } = await dashboard.openPage('/targets/00000000-0000-4000-8000-000000000000', skip)
  await page.getByRole('heading', { name: 'There is no such target' }).waitFor()
  await page.goto(`${dashboard.origin}/results/00000000-0000-4000-8000-000000000000`)
  await page.getByRole('heading', { name: 'There is no such result' }).waitFor()
  expect(await page.getByRole('alert').count()).toBe(0)
  await page.goto(`${dashboard.origin}/results/00000000-0000`)
  await page.getByText('the address was cut off').waitFor()
  await page.getByRole('link', { name: 'See every target' }).click()
  await page.getByRole('row', row).waitFor()
})
