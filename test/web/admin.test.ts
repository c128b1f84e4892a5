import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import type { Sql } from '../../src/store/connection.ts'
import { expectAccessible } from '../support/accessible.ts'
import { patienceMs } from '../support/browser.ts'
import { type Dashboard, serveDashboard } from '../support/dashboard.ts'
import { emptyDatabase } from '../support/held-database.ts'
import { type Listings, serveListings } from '../support/listings.ts'

const key = 'sk-a-key-that-nobody-may-see'
let provider: Listings
let dashboard: Dashboard
/** The database of the server, which this process joins. */
let sql: Sql

/** A completion of ten input and two output tokens. */
const chunk = (delta: object, more: object = {}) =>
  `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta, ...more }] })}\n\n`
const completion = {
  type: 'text/event-stream',
  body: `${chunk({ content: 'Hello' })}${chunk({ content: ' there' })}${chunk({}, { finish_reason: 'stop' })}data: {"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12,"cost":0.0005}}\n\ndata: [DONE]\n\n`,
}

const list = (...models: object[]) => {
  provider.routes['/v1/models'] = { body: { data: models } }
}
const listed = (id: string, input: number, more: object = {}) => ({
  id,
  pricing: { prompt: String(input / 1e6), completion: '0.000002' },
  ...more,
})
const soon = new Date(Date.now() + 9 * 86_400_000).toISOString().slice(0, 10)

beforeAll(async () => {
  provider = await serveListings({ '/v1/chat/completions': completion })
  dashboard = await serveDashboard({
    OPENROUTER_API_KEY: key,
    OPENROUTER_BASE_URL: `${provider.url}/v1`,
    BUDGET_USD_PER_DAY: '2',
  })
  sql = await openEmbedded({ dir: join(dashboard.folder, '.data') })
})
beforeEach(async () => {
  await emptyDatabase(sql)
  list(listed('openai/gpt-6-luna', 1), listed('acme/<b>bold</b>', 2), listed('acme/old', 3))
})
afterAll(async () => {
  await sql.close()
  await dashboard.close()
  await provider.close()
})

const sync = () => dashboard.ask('/syncs', {})

/** Two calls of a model, each of which is charged $0.0005. */
async function callTwice(): Promise<void> {
  const body = { provider_id: 'openrouter', model: 'openai/gpt-6-luna', num_runs: 2, prompt: 'short' }
  await dashboard.ask('/benchmarks/multi', body)
  await expect
    .poll(() => dashboard.ask('/costs'), { timeout: patienceMs })
    .toMatchObject({ total_usd: 0.001 })
}

/** A page for who is signed in. */
const open = (path: string, skip: () => never) => dashboard.openPage(path, skip, { isSignedIn: true })

test('a sync shows its difference; a model is activated; what leaves gets its successor', async ({
  skip,
}) => {
  const { page, said } = await open('/models', skip)
  await page.getByText('No model is known yet').waitFor()
  await page.getByRole('button', { name: 'Sync now' }).click()
  await page.getByText('3 new').waitFor()
  expect(page.url()).toContain('view=syncs')
  await page.getByRole('link', { name: /^Catalog/ }).click()
  await page.getByRole('row', { name: /acme\/<b>bold<\/b>/ }).waitFor()
  await page.getByRole('button', { name: 'Activate acme/old' }).click()
  await page.getByRole('button', { name: 'Deactivate acme/old' }).waitFor()

  list(
    listed('openai/gpt-6-luna', 1.5),
    listed('acme/<b>bold</b>', 2),
    listed('acme/old', 3, { expiration_date: soon }),
  )
  await page.getByRole('button', { name: 'Sync now' }).click()
  await page.getByText('openai/gpt-6-luna $1.00 / $2.00 → $1.50 / $2.00').waitFor()
  await page.getByRole('link', { name: /^Price changes 1/ }).click()
  await page.getByRole('row', { name: /openai\/gpt-6-luna.*\+50 %/ }).waitFor()
  await page.getByRole('link', { name: /^Leaving 1/ }).click()
  await page.getByRole('button', { name: 'Replace acme/old by openai/gpt-6-luna' }).click()
  await page.getByRole('row', { name: /acme\/old.*no/ }).waitFor()
  await page.goto(`${dashboard.origin}/models?show=benchmarked`)
  await page.getByRole('button', { name: 'Deactivate openai/gpt-6-luna' }).waitFor()
  expect(await page.getByRole('button', { name: /^Deactivate/ }).count()).toBe(1)
  expect(said).toEqual([])
})

test('a target is added with parameters, and its details open by a link, with a price of my own', async ({
  skip,
}) => {
  await sync()
  const { page, said } = await open('/models?add=true', skip)
  const form = page.getByRole('dialog', { name: 'Add a target' })
  await form.getByLabel('Provider', { exact: true }).selectOption('OpenRouter')
  await form.getByLabel('Model, as').fill('acme/<b>bold</b>')
  await form.getByLabel('Host of a router').fill('groq')
  await form.getByLabel('Most tokens').fill('0')
  await form.getByText('A whole number from 1').waitFor()
  await form.getByLabel('Most tokens').fill('2048')
  await form.getByRole('button', { name: 'Add' }).click()
  await page.getByText('at groq · at most 2,048 tokens').waitFor()
  await page.goto(`${dashboard.origin}/models?model=${encodeURIComponent('openrouter/acme/<b>bold</b>')}`)
  const details = page.getByRole('dialog')
  await details.getByText('at groq, at most 2,048 tokens').waitFor()
  // Until the prices are there, the button moves: a click whose press and release are at different places is none.
  await details.getByRole('row', { name: /\$2\.00 \$2\.00 –/ }).waitFor()
  await details.getByLabel('Input').fill('7')
  await details.getByLabel('Output').fill('8')
  await details.getByRole('button', { name: 'Set' }).click()
  await details.getByRole('row', { name: /\$7\.00 \$8\.00 – your own/ }).waitFor()
  await expectAccessible(page)
  expect(said).toEqual([])
})

test('what was spent is there by day and model, against the budget and against what was charged', async ({
  skip,
}) => {
  await sync()
  const { page, said } = await open('/spend', skip)
  await page.getByText('Nothing was called in these days').waitFor()
  await callTwice()
  // The page has heard of the results.
  await page.getByText('under 1 % of $2.00 a day').waitFor()
  await page.getByRole('row', { name: 'openrouter $0.0010 100 % 2' }).waitFor()
  const slider = page.getByRole('slider', { name: 'Day' })
  // The days are read apart from the providers.
  await expect.poll(() => slider.getAttribute('aria-valuetext')).toMatch(/\$0\.0010 for 2 calls$/)
  await slider.press('ArrowLeft')
  await expect.poll(() => slider.getAttribute('aria-valuetext')).toMatch(/no calls$/)
  await page.getByRole('button', { name: 'Show as a table' }).click()
  await page.getByRole('table', { name: /^Spending by day/ }).waitFor()
  await page.getByRole('link', { name: 'Charged and computed' }).click()
  await page.getByRole('row', { name: /openai\/gpt-6-luna openrouter 2 \$0\.0010/ }).waitFor()
  expect(page.url()).toContain('chart=table')
  await page.getByRole('link', { name: 'Skipped for the budget' }).click()
  await page.getByText('Of 1 run of these days, none skipped').waitFor()
  expect(said).toEqual([])
})

test('keys are told by their variables and never shown; a prompt is saved and deleted; signing out ends it', async ({
  skip,
}) => {
  const { page, said } = await open('/settings', skip)
  await page.getByRole('row', { name: /OpenRouter.* set OPENROUTER_API_KEY/ }).waitFor()
  await page.getByRole('row', { name: /OpenAI.* not set OPENAI_API_KEY/ }).waitFor()
  expect(await page.content()).not.toContain(key)
  await page.getByRole('link', { name: 'Prompts' }).click()
  await page.getByRole('button', { name: 'Add a prompt' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('mine')
  await page.getByRole('dialog').getByLabel('Text').fill('Say <i>hello</i>.')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'Show mine' }).click()
  await page.getByRole('dialog').getByText('Say <i>hello</i>.').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Delete mine' }).click()
  await page.getByRole('button', { name: 'Show mine' }).waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'Retention' }).click()
  await page.getByRole('row', { name: /^Texts of answers.* 14 days RETENTION_TEXT_DAYS/ }).waitFor()
  await page.getByRole('link', { name: 'Checks' }).click()
  await page.getByRole('row', { name: /^store fine the embedded database in .* answers/ }).waitFor()
  await page.getByRole('button', { name: 'Try the keys' }).click()
  await page.getByRole('row', { name: /^key openrouter fine ok: \d+ models? listed/ }).waitFor()
  await page.getByRole('link', { name: 'Access' }).click()
  // What was opened with the token does not go on: where reads are closed, the next stream is refused.
  const renewed = page.waitForRequest((request) => request.url().includes('/api/v1/events'))
  await page.getByRole('button', { name: 'Sign out of this browser' }).click()
  await page.getByLabel('Token').waitFor()
  await renewed
  expect(said).toEqual([])
})

test('a proxy token is shown once and never again, gets other limits, and is revoked after a question', async ({
  skip,
}) => {
  const { page, said } = await open('/settings?part=tokens', skip)
  const name = `<i>${randomUUID().slice(0, 8)}</i>`
  await page.getByRole('button', { name: 'Create a token' }).click()
  const form = page.getByRole('dialog', { name: 'Create a token' })
  await form.getByLabel('Client').fill(name)
  await form.getByLabel('Requests a day').fill('many')
  await form.getByText('A whole number from 1').waitFor()
  await form.getByLabel('Requests a day').fill('2000')
  await form.getByRole('button', { name: 'Create' }).click()
  const made = page.getByRole('dialog', { name: `Token of ${name}` })
  const token = (await made.getByText(/^ftp_/).textContent()) ?? ''
  expect(token).toMatch(/^ftp_[\w-]{43}$/)
  await expectAccessible(page)
  await made.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('row', { name: `${name} ftp_…${token.slice(-4)} 0 of 2,000 $0 never` }).waitFor()
  await page.reload()
  await page.getByRole('button', { name: `Limits of ${name}` }).click()
  const limits = page.getByRole('dialog', { name: `Limits of ${name}` })
  expect(await limits.getByLabel('Requests a day').inputValue()).toBe('2000')
  await limits.getByLabel('Requests a day').fill('')
  await limits.getByLabel('USD a day').fill('0.5')
  await limits.getByRole('button', { name: 'Change' }).click()
  await page.getByRole('row', { name: `${name} ftp_…${token.slice(-4)} 0 $0 of $0.50 never` }).waitFor()
  await page.getByRole('button', { name: `Revoke ${name}` }).click()
  expect(await page.content()).not.toContain(token.slice(0, 40))
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await page.getByRole('row', { name: new RegExp(`^${name} .* revoked`) }).waitFor()
  await page.getByRole('button', { name: `Revoke ${name}` }).waitFor({ state: 'detached' })
  await expectAccessible(page)
  expect(said).toEqual([])
})

test('without a token nothing can be changed, and each button says why', async ({ skip }) => {
  await sync()
  const { page } = await dashboard.openPage('/models', skip)
  for (const name of ['Sync now', 'Add a target', 'Activate acme/old']) {
    const button = page.getByRole('button', { name, exact: true })
    await button.waitFor()
    expect(await button.getAttribute('aria-disabled'), name).toBe('true')
    expect(await button.getAttribute('title'), name).toMatch(/^Sign in/)
  }
})

const screens = [
  '/models',
  '/models?view=syncs',
  '/spend',
  '/settings',
  '/settings?part=schedule',
  '/settings?part=about',
  '/settings?part=checks',
  '/settings?part=retention',
]

test('nothing is wrong for axe in either theme, wide or narrow', async ({ skip }) => {
  await sync()
  const target = {
    provider: 'openrouter',
    model: 'acme/<b>bold</b>',
    parameters: { reasoning: 'least', max_tokens: 2048 },
  }
  await dashboard.ask('/targets', target)
  await callTwice()
  const { page, said } = await open('/models', skip)
  for (const path of screens) {
    await page.goto(dashboard.origin + path)
    await page
      .getByRole('table')
      .or(page.getByRole('list', { name: /^Syncs/ }))
      .first()
      .waitFor()
    await expectAccessible(page)
  }
  expect(said).toEqual([])
})
