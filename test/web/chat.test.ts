import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { expectAccessible } from '../support/accessible.ts'
import { patienceMs } from '../support/browser.ts'
import { type Dashboard, serveDashboard } from '../support/dashboard.ts'
import { type Front, startFront } from '../support/front.ts'

const thinks = 'synthetic-1/reasoning_tokens/10/frames/30'
/** It does not end before somebody stops it. */
const endless = 'synthetic-1/frames/90000/delay_ms/10'
let provider: Synthetic
let front: Front
let dashboard: Dashboard
beforeAll(async () => {
  provider = await startSynthetic({ options: { ttftMs: 30, delayMs: 10 } })
  front = await startFront(provider.port)
  dashboard = await serveDashboard({
    LLM_BASE_URL: front.url,
    LLM_MODEL: thinks,
    LLM_NAME: 'Fronted',
    LLM_API_KEY: 'sk-a-key-of-the-provider',
  })
})
afterAll(async () => {
  await dashboard.close()
  front.close()
  await provider.close()
})

const of = (...models: string[]) =>
  `/chat?models=${encodeURIComponent(JSON.stringify(models.map((model) => `fronted/${model}`)))}`

test('an answer streams with its reasoning apart, is measured, and can be asked again and as curl', async ({
  skip,
}) => {
  const { page, said } = await dashboard.openPage('/chat', skip, {
    isSignedIn: true,
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  await page.getByRole('heading', { name: 'Chat', level: 1 }).waitFor()
  const message = page.getByLabel('Message')
  await message.fill('What is a tide?')
  await message.press('Shift+Enter')
  await message.pressSequentially('In one sentence.')
  await message.press('Enter')
  const answer = page.getByRole('article', { name: `Answer of ${thinks}` })
  await answer.getByText(/^measured/).waitFor()
  await page
    .getByRole('status')
    .getByText(/has answered, .+ to the first token/)
    .waitFor()
  // What the server measures, and no longer what this browser sees.
  expect(await answer.getByText('seen here').count()).toBe(0)
  const figures = (await answer.locator('dl').textContent()) ?? ''
  expect(figures).toMatch(/^TTFT.+speed.+tokens30total.+measured/)
  await answer.getByRole('button', { name: 'Reasoning show all' }).click()
  await answer.getByRole('button', { name: 'Copy', exact: true }).click()
  await answer.getByText('Copied').waitFor()
  const text = await page.evaluate<string>('navigator.clipboard.readText()')
  expect(text.length).toBeGreaterThan(20)
  await answer.getByText(text, { exact: true }).waitFor()
  await answer.getByRole('button', { name: 'Copy as curl' }).click()
  const curl = await vi.waitUntil(
    async () => {
      const copied = await page.evaluate<string>('navigator.clipboard.readText()')
      return copied !== text && copied
    },
    { timeout: patienceMs },
  )
  expect(curl).toContain(`curl -N '${front.url}/chat/completions'`)
  expect(curl).toContain('Authorization: Bearer $LLM_API_KEY')
  expect(curl).toContain('What is a tide?\\nIn one sentence.')
  expect(curl).not.toContain('sk-a-key')
  await answer.getByRole('button', { name: 'Retry' }).click()
  await answer.getByText(/^measured/).waitFor()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Clear' }).click()
  await page.getByRole('heading', { name: 'Ask a model something' }).waitFor()
  expect(said).toEqual([])
})

test('one question goes to two models at once, and whoever stops closes both connections', async ({
  skip,
}) => {
  const { page, said } = await dashboard.openPage(of(thinks, endless), skip, { isSignedIn: true })
  await page.getByLabel('Message').fill('And at the coast?')
  await page.getByRole('button', { name: 'Send' }).click()
  const [short, long] = [thinks, endless].map((model) =>
    page.getByRole('article', { name: `Answer of ${model}` }),
  )
  await short?.getByText(/^measured/).waitFor()
  await long?.getByText('seen here').waitFor()
  await vi.waitUntil(async () => ((await long?.locator('p').first().textContent()) ?? '').length > 100, {
    timeout: patienceMs,
  })
  await page.getByRole('button', { name: 'Stop' }).click()
  await long?.getByText('stopped').waitFor()
  await long?.getByText(/^measured/).waitFor()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Without the second model' }).click()
  await page.getByLabel('Message').fill('And on the moon?')
  await page.getByLabel('Message').press('Enter')
  await page
    .getByRole('article', { name: 'Question: And on the moon?' })
    .getByText(/^measured/)
    .waitFor()
  expect(said).toEqual([])
})

test('what a provider refuses is shown, and an endpoint of one’s own is entered, refused by the guard and forgotten', async ({
  skip,
}) => {
  const { page, said } = await dashboard.openPage(of('synthetic-1/fault/rate-limited'), skip, {
    isSignedIn: true,
  })
  await page.getByLabel('Message').fill('Are you there?')
  await page.getByLabel('Message').press('Enter')
  await page.getByText(/^HTTP 429/).waitFor()
  await page.getByRole('button', { name: 'Retry' }).waitFor()
  await page.getByLabel('Model', { exact: true }).selectOption('own')
  const dialog = page.getByRole('dialog', { name: 'Own endpoint' })
  await dialog.getByLabel('Base URL').fill('http://127.0.0.1:1234/v1')
  await dialog.getByLabel('Model').fill('mine')
  await dialog.getByRole('button', { name: 'Use it' }).click()
  await dialog
    .getByRole('alert')
    .getByText(/EGRESS_ALLOW opens a host/)
    .waitFor()
  await dialog.getByLabel('Base URL').fill('https://llm.example.com/v1')
  await dialog.getByLabel('Key').fill('sk-a-key-of-my-own')
  await dialog.getByRole('button', { name: 'Use it' }).click()
  await page.getByRole('button', { name: 'Own endpoint' }).click()
  await dialog.getByRole('button', { name: 'Forget it' }).waitFor()
  await expectAccessible(page)
  expect(await page.content()).not.toContain('sk-a-key-of-my-own')
  await dialog.getByRole('button', { name: 'Forget it' }).click()
  await page.getByText('Say what your own endpoint is').waitFor()
  expect(said).toEqual([])
})

test('whoever may only read is asked for the token of the admin', async ({ skip }) => {
  const { page } = await dashboard.openPage('/chat', skip)
  await page.getByRole('heading', { name: 'This needs the token of the admin' }).waitFor()
  expect(await page.getByLabel('Message').count()).toBe(0)
})
