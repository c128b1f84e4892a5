import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible } from '../support/accessible.ts'
import { patienceMs } from '../support/browser.ts'
import { type Dashboard, serveDashboard } from '../support/dashboard.ts'
import { openTabs } from '../support/tabs.ts'

let dashboard: Dashboard
beforeAll(async () => {
  dashboard = await serveDashboard({ SYN_FRAMES: '3', SYN_DELAY_MS: '1' })
})
afterAll(() => dashboard.close())

test('the link of the first start signs in, and one click makes the first run, which comes up by itself', async ({
  skip,
}) => {
  const { origin, link } = dashboard
  const { page, said } = await dashboard.openPage(link.slice(origin.length), skip)
  await page.getByText('You are signed in').waitFor()
  expect(page.url()).toBe(`${origin}/`)
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
  const first = page.getByRole('button', { name: 'Make the first run' })
  await first.waitFor()
  await expectAccessible(page)
  await first.click()
  const row = page.getByRole('row', { name: /synthetic-1/ })
  await row.getByText('up', { exact: true }).waitFor()
  expect(await row.innerText()).toMatch(/n 1\b/)
  // On a busy machine its timing may say nothing.
  expect(await row.getByRole('img').getAttribute('aria-label')).toMatch(
    /^TTFT of 24 h: median (?:\d+ ms|–), 0 failures/,
  )
  await expectAccessible(page)
  // A phone has room for 30 days; a day that is chosen says what it was.
  await page.setViewportSize({ width: 390, height: 844 })
  const days = page.getByRole('slider', { name: 'Days of synthetic-1' })
  await expect.poll(() => days.getAttribute('aria-valuemax'), { timeout: patienceMs }).toBe('30')
  await days.focus()
  await page.getByText(/^\d+ \w+: 0 of \d+ failed \(100 %\)/).waitFor()
  expect(said).toEqual([])
})

test('filter, group and sort are in the URL, and a link brings them back', async ({ skip }) => {
  const { page } = await dashboard.openPage('/?sort=-tps&group=provider', skip)
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

test('a wrong token is told, and a bar says that the server does not answer', async ({ skip }) => {
  const { page } = await dashboard.openPage('/#token=wrong', skip)
  await page.getByText('Signing in failed: this token is wrong').waitFor()
  await page.getByRole('banner').getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('dialog').getByLabel('Token').fill('wrong as well')
  await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('dialog').getByText('this token is wrong').waitFor()
  expect(page.url()).toBe(`${dashboard.origin}/`)
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await page.route('**/api/v1/**', (route) => route.abort())
  await page.goto(dashboard.origin)
  await page.getByRole('alert').filter({ hasText: 'The server does not answer' }).first().waitFor()
  await expectAccessible(page)
  await page.unroute('**/api/v1/**')
  await page.getByRole('button', { name: 'Retry' }).click()
  await page.getByRole('row', { name: /synthetic-1/ }).waitFor()
})

const rowOf = (page: Page, name = /synthetic-1/) => page.getByRole('row', { name })

/** Makes a call and waits until each tab shows it, which no tab asks for in its first minute unless it is told. */
async function eachHears(pages: readonly Page[]): Promise<void> {
  const shown = await Promise.all(pages.map((page) => rowOf(page).innerText()))
  const most = Math.max(...shown.map((text) => Number(/\bn (\d+)/.exec(text)?.[1])))
  await dashboard.ask('/benchmarks/single', { provider_id: 'synthetic', model: 'synthetic-1' })
  await Promise.all(pages.map((page) => rowOf(page, new RegExp(`\\bn ${most + 1}\\b`)).waitFor()))
}

test('eight tabs of a browser load, hear of a result by one stream, and go on when the first is closed', async ({
  skip,
}) => {
  const { page } = await dashboard.openPage('/icon.svg', skip)
  const shown = (tab: Page) => rowOf(tab).waitFor()
  const { pages, streams } = await openTabs(page.context(), `${dashboard.origin}/`, { count: 8, shown })
  await eachHears(pages)
  expect(streams()).toBe(1)
  await pages[0]?.close()
  await eachHears(pages.slice(1))
  expect(streams()).toBe(1)
})
