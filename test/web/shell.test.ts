import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible } from '../support/accessible.ts'
import { type Dashboard, serveDashboard } from '../support/dashboard.ts'

let dashboard: Dashboard
beforeAll(async () => {
  dashboard = await serveDashboard()
  await dashboard.ask('/targets', { provider: 'synthetic', model: 'synthetic-1' })
})
afterAll(() => dashboard.close())

/** Now, with a target to go to. */
async function openNow(skip: () => never): Promise<{ page: Page; said: string[] }> {
  const opened = await dashboard.openPage('/', skip)
  await opened.page.getByRole('row', { name: /synthetic-1/ }).waitFor()
  return opened
}

test('Ctrl K finds a target by any of its words and goes there, by keys alone', async ({ skip }) => {
  const { page, said } = await openNow(skip)
  await page.keyboard.press('Control+k')
  const field = page.getByRole('combobox', { name: 'Go to' })
  await field.waitFor()
  const options = page.getByRole('listbox', { name: 'Where to' }).getByRole('option')
  expect(await options.first().getAttribute('aria-selected')).toBe('true')
  await page.keyboard.press('ArrowUp')
  expect(await options.last().getAttribute('aria-selected')).toBe('true')
  expect(await field.getAttribute('aria-activedescendant')).toBe(await options.last().getAttribute('id'))
  await expectAccessible(page)
  await field.fill('region synthetic-1')
  expect(await options.count()).toBe(1)
  await field.press('Enter')
  await page.getByRole('combobox', { name: 'Go to' }).waitFor({ state: 'detached' })
  expect(page.url()).toMatch(/synthetic-1|\/targets\//)
  expect(said).toEqual([])
})

test('the button opens it too, words that nothing has are told, and Escape closes it', async ({ skip }) => {
  const { page } = await openNow(skip)
  await page.getByRole('banner').getByRole('button', { name: 'Go to' }).click()
  await page.getByRole('combobox', { name: 'Go to' }).fill('no such thing')
  await page.getByText('Nothing has all of these words').waitFor()
  expect(await page.getByRole('listbox', { name: 'Where to' }).getByRole('option').count()).toBe(0)
  await page.keyboard.press('Escape')
  await page.getByRole('combobox', { name: 'Go to' }).waitFor({ state: 'detached' })
})

test('? lists the shortcuts, / goes to the filter, where both are letters', async ({ skip }) => {
  const { page, said } = await openNow(skip)
  await page.getByRole('link', { name: 'Now' }).focus()
  await page.keyboard.press('?')
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await help.getByText('Filter what the screen shows').waitFor()
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await page.keyboard.press('/')
  await page.keyboard.type('a?/1')
  expect(await page.getByLabel('Filter').inputValue()).toBe('a?/1')
  expect(await help.count()).toBe(0)
  expect(said).toEqual([])
})
