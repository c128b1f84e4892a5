import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { sweepHtml } from '../../src/report/sweep-html.ts'
import { expectAccessible } from '../support/accessible.ts'
import { openBrowser } from '../support/browser.ts'
import { describedSample, sweepSample } from '../support/sweep-sample.ts'

test('the page of a sweep is accessible in both themes, fits a phone, says nothing to the console and prints', async ({
  skip,
}) => {
  const browser = (await openBrowser()) ?? skip()
  onTestFinished(() => browser.close())
  const folder = mkdtempSync(join(tmpdir(), 'firsttoken-report-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const loads = [4, 16, 32].map((rate) => ({ rate }))
  const sweep = sweepSample({ loads, tiers: [null, 2000], failing: 9, models: ['m'.repeat(300)] })
  const objectives = { ttft: 200 }
  const page = await sweepHtml(sweep, describedSample(sweep, objectives), { objectives, store: 'a database' })
  const file = join(folder, 'report.html')
  writeFileSync(file, page)
  // Axe is a script, which the policy of the page forbids to everybody else.
  const context = await browser.newContext({ bypassCSP: true })
  const tab = await context.newPage()
  const said: string[] = []
  tab.on('console', (message) => said.push(message.text()))
  tab.on('pageerror', (error) => said.push(String(error)))
  tab.on('request', (request) => request.url().startsWith('file:') || said.push(request.url()))
  await tab.goto(pathToFileURL(file).href)
  await expectAccessible(tab)
  // As it is with its policy, and without any script.
  const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage()
  plain.on('console', (message) => said.push(message.text()))
  await plain.goto(pathToFileURL(file).href)
  await plain.getByText('As a table').first().click()
  expect(await plain.locator('figure').first().getByRole('table').isVisible()).toBe(true)
  await plain.emulateMedia({ media: 'print' })
  expect(await plain.getByText('As a table').first().isVisible()).toBe(false)
  expect((await plain.pdf()).subarray(0, 5).toString()).toBe('%PDF-')
  expect(said).toEqual([])
})
