import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible } from '../support/accessible.ts'
import { patienceMs } from '../support/browser.ts'
import { type Dashboard, serveDashboard } from '../support/dashboard.ts'
import { type Answer, type Listings, serveListings } from '../support/listings.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'

const chunk = (delta: object, more: object = {}) =>
  `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta, ...more }] })}\n\n`
const works: Answer = {
  type: 'text/event-stream',
  body: `${chunk({ content: 'Hello' })}${chunk({ content: ' there' })}${chunk({}, { finish_reason: 'stop' })}data: [DONE]\n\n`,
}
const fails: Answer = { status: 503, body: { error: { message: 'The model is overloaded.', code: 503 } } }

interface Incidents {
  rows: { id: string; resolve_reason: string | null }[]
}

let receiver: Receiver
let provider: Listings
let dashboard: Dashboard
beforeAll(async () => {
  receiver = await startReceiver()
  provider = await serveListings({ '/v1/chat/completions': works })
  dashboard = await serveDashboard({
    OPENROUTER_API_KEY: 'sk-a-key',
    OPENROUTER_BASE_URL: `${provider.url}/v1`,
    ALERT_WEBHOOK_URL: `${receiver.url}/alerts`,
  })
  for (const each of [model, 'acme/quiet'])
    await dashboard.ask('/targets', { provider: 'openrouter', model: each })
})
afterAll(async () => {
  await dashboard.close()
  await provider.close()
  await receiver.close()
})

/** What the receiver was told, in order. */
const told = (): string[] =>
  receiver.received.map(({ body }) => (JSON.parse(body) as { event: string }).event)

const model = 'acme/one'

/** Calls the model so often, one call after the other. */
async function call(times: number, answer: Answer): Promise<void> {
  provider.routes['/v1/chat/completions'] = answer
  const results = async () => (await dashboard.ask<{ rows: object[] }>(`/results?model=${model}`)).rows.length
  for (let n = 0; n < times; n += 1) {
    const before = await results()
    await dashboard.ask('/benchmarks/single', { provider_id: 'openrouter', model, prompt: 'short' })
    await expect.poll(results, { timeout: patienceMs }).toBeGreaterThan(before)
  }
}

/** The latest incident of it. */
const latest = async () => (await dashboard.ask<Incidents>(`/incidents?model=${model}`)).rows[0] ?? {}

/** A headless browser shows no notifications and refuses them: this one asks nobody, and keeps what it is given. */
const notifications = `
  globalThis.shown = []
  globalThis.Notification = class extends EventTarget {
    static get permission() { return localStorage.getItem('permission') ?? 'default' }
    static async requestPermission() { localStorage.setItem('permission', 'granted'); return 'granted' }
    constructor(title) { super(); shown.push(title) }
    close() {}
  }
`
const shownBy = async (pages: readonly Page[]): Promise<string[]> =>
  (await Promise.all(pages.map((page) => page.evaluate<string[]>('shown')))).flat()

test('an outage goes red and opens an incident, which is told once, acknowledged, and resolves when its provider recovers', async ({
  skip,
}) => {
  // Of a test that is tried again, what it left is over.
  await call(2, works)
  await expect.poll(latest, { timeout: patienceMs }).not.toMatchObject({ resolve_reason: null })
  const { page, said } = await dashboard.openPage('/incidents', skip, {
    isSignedIn: true,
  })
  await page.getByRole('heading', { name: 'Nothing is wrong' }).waitFor()
  await page.context().addInitScript(notifications)
  await page.reload()
  await page.getByRole('switch', { name: 'Notify this browser' }).press('Enter')
  await page.getByRole('switch', { name: 'Notifies this browser', checked: true }).waitFor()
  expect(await shownBy([page])).toEqual(['firsttoken'])
  const other = await page.context().newPage()
  await other.goto(dashboard.origin)
  const row = other.getByRole('row', { name: new RegExp(model) })
  await row.getByText('up', { exact: true }).waitFor()

  const before = told().length
  await call(2, fails)
  await row.getByText('down', { exact: true }).waitFor()
  await expect.poll(latest, { timeout: patienceMs }).toMatchObject({ resolve_reason: null })
  await expect.poll(() => told().slice(before), { timeout: patienceMs }).toEqual(['incident.opened'])
  const title = `${model} at openrouter is down`
  // Whether a tab hears of it by itself or is told now: of both, one notifies.
  for (const tab of [page, other]) await tab.evaluate("dispatchEvent(new Event('visibilitychange'))")
  await expect.poll(() => shownBy([page, other]), { timeout: patienceMs }).toEqual(['firsttoken', title])
  await Promise.all([page.reload(), other.reload()])
  await row.getByRole('link', { name: 'overloaded' }).waitFor()
  await page.getByRole('link', { name: 'Incidents 1 open' }).waitFor()
  expect(await shownBy([page, other])).toEqual([])
  await expectAccessible(page)
  await page.getByRole('link', { name: title }).press('Enter')

  await page.getByRole('heading', { level: 1, name: title }).waitFor()
  const why = page.getByRole('region', { name: 'Why' })
  expect(await why.innerText()).toMatch(/2 checks in a row failed[^]*Failed in a row\s2\s/)
  const chart = page.getByRole('slider', { name: 'TTFT' })
  await chart.locator('canvas').waitFor()
  await chart.press('End')
  await expect
    .poll(() => chart.getAttribute('aria-valuetext'), { timeout: patienceMs })
    .toMatch(/failed, overloaded$/)
  await page.getByRole('row', { name: /^opened webhook sent/ }).waitFor()
  await page.getByRole('button', { name: 'Acknowledge' }).press('Enter')
  const form = page.getByRole('dialog', { name: 'Acknowledge' })
  await form.getByLabel('Your name').fill('Ada')
  await form.getByLabel('Note').fill('Their status page says <b>so</b>.')
  await form.getByLabel('Your name').press('Enter')
  await page.getByText('Acknowledged by Ada', { exact: true }).waitFor()
  await page.getByText('Their status page says <b>so</b>.').waitFor()
  const acknowledge = page.getByRole('button', { name: 'Acknowledge' })
  expect(await acknowledge.getAttribute('title')).toBe('Ada has acknowledged it')
  await expect
    .poll(() => told().slice(before), { timeout: patienceMs })
    .toEqual(['incident.opened', 'incident.updated'])
  // What somebody else does is heard of: the page reads by itself once a minute only.
  await dashboard.ask(`/incidents/${page.url().split('/').at(-1)}/notes`, {
    by: 'Grace',
    note: 'They called.',
  })
  await page.getByText('They called.').waitFor()
  await expectAccessible(page)

  await call(2, works)
  await expect.poll(latest, { timeout: patienceMs }).toMatchObject({ resolve_reason: 'recovered' })
  await expect
    .poll(() => told().slice(before), { timeout: patienceMs })
    .toEqual(['incident.opened', 'incident.updated', 'incident.resolved'])
  await page.reload()
  await page.getByText('Resolved: recovered').waitFor()
  await page.getByRole('row', { name: /^resolved webhook sent/ }).waitFor()
  await page.getByRole('link', { name: 'Incidents', exact: true }).first().click()
  await page.getByRole('heading', { name: 'Nothing is wrong' }).waitFor()
  await page.getByText(/^since .*, for /).waitFor()
  await page.getByLabel('Kind').selectOption('Slow')
  await page.getByText('No incident fits this filter').waitFor()
  expect(page.url()).toContain('kind=slow')
  expect(said).toEqual([])
})

test('a channel is tested, switched off, added with the name of its secret, and deleted', async ({
  skip,
}) => {
  const { page, said } = await dashboard.openPage('/incidents?view=channels', skip, { isSignedIn: true })
  const channel = page.getByRole('listitem', { name: 'webhook', exact: true })
  await channel.getByText('by variables of the server').waitFor()
  const before = told().length
  await channel.getByRole('button', { name: 'Test webhook' }).click()
  await channel.getByText('The test arrived').waitFor()
  expect(told().slice(before)).toEqual(['test'])
  await page
    .getByRole('row', { name: /^test webhook sent/ })
    .first()
    .waitFor()
  await channel.getByRole('button', { name: 'Switch off webhook' }).click()
  await channel.getByText('off', { exact: true }).waitFor()
  await channel.getByRole('button', { name: 'Switch on webhook' }).click()
  await channel.getByText('on', { exact: true }).waitFor()

  await page.getByRole('button', { name: 'Add a channel' }).click()
  const form = page.getByRole('dialog', { name: 'Add a channel' })
  await form.getByLabel('Name').fill('Ops')
  await form.getByLabel('URL').fill('https://hooks.slack.com/services/secret')
  await form.getByText('secrets are not entered here').waitFor()
  await form.getByLabel('URL').fill('ALERT_SECRET_NOBODY')
  await form.getByRole('button', { name: 'Add' }).click()
  await form.getByText('must be small letters, digits and hyphens').waitFor()
  await expectAccessible(page)
  await form.getByLabel('Name').fill('ops')
  await form.getByRole('button', { name: 'slow', exact: true }).click()
  await form.getByLabel('Each Monday, what changed in the week').check()
  await form.getByRole('button', { name: 'Add' }).click()
  const added = page.getByRole('listitem', { name: 'ops', exact: true })
  await added.getByText('It needs ALERT_SECRET_NOBODY, which is not set.').waitFor()
  await added.getByText('told of slow, and of each week').waitFor()
  await added.getByRole('button', { name: 'Edit ops' }).click()
  const edit = page.getByRole('dialog', { name: 'Change ops' })
  expect(await edit.getByLabel('URL').inputValue()).toBe('ALERT_SECRET_NOBODY')
  expect(await edit.getByLabel('Each Monday, what changed in the week').isChecked()).toBe(true)
  await edit.getByLabel('Told of').selectOption('Major and worse')
  await edit.getByRole('button', { name: 'Save' }).click()
  await added.getByText('told of major and worse: slow, and of each week').waitFor()
  await expectAccessible(page)
  await added.getByRole('button', { name: 'Delete ops' }).click()
  await added.waitFor({ state: 'detached' })
  expect(said).toEqual([])
})

test('a maintenance window is added for once and for every week, told while it is open, and deleted', async ({
  skip,
}) => {
  const { page, said } = await dashboard.openPage('/incidents?view=maintenance&add=true', skip, {
    isSignedIn: true,
    timezoneId: 'Asia/Kolkata',
  })
  const form = page.getByRole('dialog')
  await form.getByLabel('Name').fill('Move')
  await form.getByLabel('Of').selectOption('acme/quiet at OpenRouter')
  await form.getByLabel('From').fill('2026-01-05T14:00')
  await form.getByText('2026-01-05 08:30 UTC').waitFor()
  await form.getByLabel('To').fill('2099-01-05T16:00')
  await form.getByRole('button', { name: 'Add' }).click()
  await page
    .getByRole('row', { name: /^Move acme\/quiet at OpenRouter 5 Jan(?: 2026)?, 14:00 to 5 Jan 2099, 16:00/ })
    .waitFor()
  await page.getByRole('button', { name: 'Add a window' }).click()
  await form.getByLabel('Name').fill('Weekly')
  await form.getByLabel('Of').selectOption('acme/quiet at OpenRouter')
  await form.getByLabel('When').selectOption('Again and again')
  expect(await form.getByLabel('Time zone').inputValue()).toMatch(/^Asia\/(Kolkata|Calcutta)$/)
  await form.getByLabel('Begins (cron)').fill('nonsense')
  await form.getByRole('button', { name: 'Add' }).click()
  await form.getByRole('alert').waitFor()
  await form.getByLabel('Begins (cron)').fill('0 3 * * 0')
  await form.getByRole('button', { name: 'Add' }).click()
  const weekly = page.getByRole('row', { name: /^Weekly acme\/quiet at OpenRouter 0 3 \* \* 0 for 60 min/ })
  await weekly.getByText(/^next/).waitFor()
  await page.getByRole('button', { name: 'Edit Weekly' }).click()
  await form.getByLabel('Minutes').fill('45')
  await form.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('row', { name: /^Weekly acme\/quiet at OpenRouter 0 3 \* \* 0 for 45 min/ }).waitFor()
  await expectAccessible(page)
  await page.goto(`${dashboard.origin}/incidents`)
  await page.getByText('In maintenance: Move.').waitFor()
  await page.getByRole('link', { name: 'Show the windows' }).click()
  for (const name of ['Move', 'Weekly']) await page.getByRole('button', { name: `Delete ${name}` }).click()
  await page.getByText('No maintenance is planned').waitFor()
  expect(said).toEqual([])
})

test('without a token nothing can be changed, each button says why, and who is told is not shown', async ({
  skip,
}) => {
  const { page } = await dashboard.openPage('/incidents?view=channels', skip)
  await page.getByText('Who is told is for the admin to see').waitFor()
  const disabled = async (name: string) => {
    const button = page.getByRole('button', { name })
    await button.waitFor()
    return button.getAttribute('title')
  }
  expect(await disabled('Add a channel')).toBe('Sign in to add a channel')
  await page.getByRole('link', { name: 'Maintenance' }).click()
  expect(await disabled('Add a window')).toBe('Sign in to add a window')
  await page.goto(`${dashboard.origin}/incidents/00000000-0000-4000-8000-000000000000`)
  await page.getByRole('heading', { name: 'There is no such incident' }).waitFor()
})
