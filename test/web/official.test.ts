import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { expectAccessible } from '../support/accessible.ts'
import { patienceMs } from '../support/browser.ts'
import { type Dashboard, serveDashboard } from '../support/dashboard.ts'
import { type Listings, serveListings } from '../support/listings.ts'
import { officialText } from '../support/official.ts'

let mirror: Listings
let dashboard: Dashboard
beforeAll(async () => {
  mirror = await serveListings({
    '/status.claude.com/api/v2/summary.json': { body: officialText('anthropic-incident') },
    '/status.claude.com/api/v2/incidents.json': { body: officialText('anthropic-incidents') },
  })
  // A server asks at its start those that are benchmarked. One that is killed while it asks keeps others from asking for minutes.
  const env = { ANTHROPIC_API_KEY: 'sk-a-key', OFFICIAL_STATUS: 'off' }
  dashboard = await serveDashboard(env)
  await dashboard.ask('/targets', { provider: 'anthropic', model: 'claude-haiku-4-5' })
  await dashboard.kill()
  env.OFFICIAL_STATUS = mirror.url
  dashboard.serveAgain()
})
afterAll(async () => {
  await dashboard.close()
  await mirror.close()
})

test('a server asks status pages, and shows what a provider says beside its targets', async ({ skip }) => {
  const said = () => dashboard.ask<{ rows: object[] }>('/official-statuses').catch(() => ({ rows: [] }))
  await vi.waitUntil(async () => (await said()).rows.length > 0, { timeout: patienceMs, interval: 100 })
  expect(await said()).toMatchObject({
    rows: [
      {
        provider: 'anthropic',
        name: 'Anthropic',
        page: 'https://status.claude.com',
        indicator: 'degraded_performance',
        summary: 'Claude API (api.anthropic.com)',
        incidents: [{ name: 'Degraded performance of multiple models', status: 'monitoring' }],
      },
    ],
  })
  const { page, said: complaints } = await dashboard.openPage('/?group=provider', skip)
  const head = page.getByRole('rowheader', { name: /^Anthropic 1/ })
  await head.getByText('degraded performance').waitFor()
  expect(await head.innerText()).toMatch(/Anthropic says: degraded performance, (now|\d+ s ago|1 min ago)/)
  expect(await head.getByRole('link').getAttribute('href')).toBe('https://status.claude.com')
  await expectAccessible(page)
  await page.setViewportSize({ width: 390, height: 844 })
  await expect
    .poll(() => page.evaluate('document.documentElement.scrollWidth <= innerWidth'), { timeout: patienceMs })
    .toBe(true)
  expect(complaints).toEqual([])
})
