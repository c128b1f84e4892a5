import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { complaintsOf, openBrowser, patienceMs, violationsOf } from '../support/browser.ts'
import { makeFolder, removeFolder, type Running, start } from '../support/command.ts'

const folder = makeFolder()
const env = { LOG_LEVEL: 'silent', SYN_FRAMES: '3', SYN_DELAY_MS: '1' }
let browser: Browser | null = null
let served: Running
let page: Page
let said: string[] = []

beforeAll(async () => {
  browser = await openBrowser()
  if (browser === null) return
  served = start('serve.ts', ['--port', '0', '--no-schedule'], { cwd: folder, env })
  const link = await served.until(/http:\/\/127\.0\.0\.1:\d+\/#token=\S+/)
  page = await browser.newPage()
  said = complaintsOf(page)
  await page.goto(link)
  await page.getByRole('button', { name: 'Make the first run' }).click()
  await page.getByRole('row', { name: /synthetic-1/ }).waitFor()
  page.setDefaultTimeout(patienceMs)
})
afterAll(async () => {
  await browser?.close()
  if (browser !== null) {
    served.child.kill('SIGTERM')
    await served.ended
  }
  removeFolder(folder)
})

test('Ctrl K finds a target by any of its words and goes there, by keys alone', async ({ skip }) => {
  skip(browser === null)
  await page.keyboard.press('Control+k')
  const field = page.getByRole('combobox', { name: 'Go to' })
  await field.waitFor()
  const options = page.getByRole('listbox', { name: 'Where to' }).getByRole('option')
  expect(await options.first().getAttribute('aria-selected')).toBe('true')
  await page.keyboard.press('ArrowUp')
  expect(await options.last().getAttribute('aria-selected')).toBe('true')
  expect(await field.getAttribute('aria-activedescendant')).toBe(await options.last().getAttribute('id'))
  await field.fill('region synthetic-1')
  expect(await options.count()).toBe(1)
  await field.press('Enter')
  await page.getByRole('combobox', { name: 'Go to' }).waitFor({ state: 'detached' })
  expect(page.url()).toMatch(/synthetic-1|\/targets\//)
  await page.goBack()
})

test('the button opens it too, words that nothing has are told, and Escape closes it', async ({ skip }) => {
  skip(browser === null)
  await page.getByRole('banner').getByRole('button', { name: 'Go to' }).click()
  await page.getByRole('combobox', { name: 'Go to' }).fill('no such thing')
  await page.getByText('Nothing has all of these words').waitFor()
  expect(await page.getByRole('listbox', { name: 'Where to' }).getByRole('option').count()).toBe(0)
  await page.keyboard.press('Escape')
  await page.getByRole('combobox', { name: 'Go to' }).waitFor({ state: 'detached' })
})

test('? lists the shortcuts, / goes to the filter, where both are letters', async ({ skip }) => {
  skip(browser === null)
  await page.getByRole('link', { name: 'Now' }).focus()
  await page.keyboard.press('?')
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await help.getByText('Filter what the screen shows').waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('/')
  await page.keyboard.type('a?/1')
  expect(await page.getByLabel('Filter').inputValue()).toBe('a?/1')
  expect(await help.count()).toBe(0)
  await page.getByLabel('Filter').fill('')
})

test('nothing is wrong for axe with either open, in either theme', async ({ skip }) => {
  skip(browser === null)
  await page.getByRole('link', { name: 'Now' }).focus()
  for (const key of ['Control+k', '?']) {
    await page.keyboard.press(key)
    await page.locator('dialog[open]').waitFor()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await violationsOf(page), `${key} ${colorScheme}`).toEqual([])
    }
    await page.keyboard.press('Escape')
    await page.locator('dialog[open]').waitFor({ state: 'detached' })
  }
  expect(said).toEqual([])
})
