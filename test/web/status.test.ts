import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible } from '../support/accessible.ts'
import { type Dashboard, serveDashboard } from '../support/dashboard.ts'

let dashboard: Dashboard
beforeAll(async () => {
  dashboard = await serveDashboard({ STATUS_PAGE: 'public', STATUS_TITLE: 'Our models' })
  await dashboard.ask('/targets', { provider: 'synthetic', model: 'synthetic-1' })
  await dashboard.ask('/targets', { provider: 'openai', model: 'gpt-one' })
  await dashboard.ask('/targets', { provider: 'openai', model: 'gpt-two' })
  await dashboard.ask('/status-notes', {
    title: 'Odd answers',
    state: 'investigating',
    body: 'We look at it.\n<b>Still.</b>',
    components: ['openai/gpt-one'],
  })
})
afterAll(() => dashboard.close())

test('without script, whoever comes reads how every model is and what is told', async ({ skip }) => {
  const { page, said } = await dashboard.openPage('/status', skip, { javaScriptEnabled: false })
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Odd answers')
  await page.getByText('<b>Still.</b>').waitFor()
  await page.getByText('About gpt-one').waitFor()
  expect(await page.getByText('No data', { exact: true }).count()).toBeGreaterThanOrEqual(2)
  expect(await page.getByText('synthetic-1').count()).toBe(0)
  const days = page.getByText('0 of 0 checks failed in 90 days.').first()
  expect(await days.isVisible()).toBe(false)
  await page.locator('summary', { hasText: 'gpt-one' }).last().focus()
  await page.keyboard.press('Enter')
  await days.waitFor()
  expect(said).toEqual([])
})

test('it has no fault for axe in either theme, narrow and wide', async ({ skip }) => {
  const { page, said } = await dashboard.openPage('/status', skip, { bypassCSP: true })
  await expectAccessible(page)
  expect(said).toEqual([])
})

test('feeds and badges are XML, which a browser parses without an error', async ({ skip }) => {
  const { page } = await dashboard.openPage('/status', skip, { bypassCSP: true })
  for (const path of ['/status/history.rss', '/status/history.atom', '/badge/openai/gpt-one/status.svg']) {
    const text = await (await fetch(dashboard.origin + path)).text()
    const names = await page.evaluate<string[]>(
      `[...new DOMParser().parseFromString(${JSON.stringify(text)}, 'application/xml').querySelectorAll('*')].map((each) => each.nodeName)`,
    )
    expect(names, path).not.toContain('parsererror')
    expect(names.length, path).toBeGreaterThan(4)
  }
})
