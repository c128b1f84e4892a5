import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible } from '../support/accessible.ts'
import { makeFolder, removeFolder } from '../support/command.ts'
import { type Dashboard, serveDashboard } from '../support/dashboard.ts'

const file = `targets:
  - model: openai/gpt-4.1-mini
    limits: { ttft_ms: 2000 }
prices:
  - { model: openai/gpt-4.1-mini, input: 0.4, output: 1.6 }
prompts:
  - { name: tides, category: qa, text: Why two tides? }
channels:
  - name: ops
    kind: slack
    secrets: { url: ALERT_SECRET_OPS }
maintenance:
  - name: weekly
    cron: '0 3 * * 0'
    duration_minutes: 60
    time_zone: Europe/Berlin
`

let folder: string
let dashboard: Dashboard
beforeAll(async () => {
  folder = makeFolder()
  const path = join(folder, 'firsttoken.yaml')
  writeFileSync(path, file)
  dashboard = await serveDashboard({ FIRSTTOKEN_CONFIG: path })
})
afterAll(async () => {
  await dashboard.close()
  removeFolder(folder)
})

test('a server applies the file at its start, and its API refuses to change what the file says', async () => {
  const [window] = (await dashboard.ask<{ rows: { id: string }[] }>('/maintenance')).rows
  const of = { provider: 'openai', model: 'gpt-4.1-mini' }
  const channel = { name: 'ops', kind: 'slack', secrets: { url: 'ALERT_SECRET_OTHER' } }
  const lasting = { name: 'x', starts_at: '2099-01-01T00:00:00Z', ends_at: '2099-01-02T00:00:00Z' }
  const token = new URL(dashboard.link).hash.slice('#token='.length)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  for (const [method, path, body] of [
    ['PATCH', '/targets', { ...of, active: false }],
    ['PATCH', '/targets', { ...of, limits: { ttft_ms: null } }],
    ['PUT', '/prices', { ...of, price: null }],
    ['POST', '/prompts', { name: 'tides', category: 'qa', text: 'Why three?' }],
    ['DELETE', '/prompts/tides'],
    ['POST', '/channels', channel],
    ['PATCH', '/channels/ops', { enabled: false }],
    ['DELETE', '/channels/ops'],
    ['PUT', `/maintenance/${window?.id}`, lasting],
    ['DELETE', `/maintenance/${window?.id}`],
  ] as const) {
    const response = await fetch(`${dashboard.origin}/api/v1${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    expect([method, path, response.status, await response.json()]).toEqual([
      method,
      path,
      409,
      expect.objectContaining({
        detail: expect.stringMatching(/ is kept in firsttoken\.yaml: change it there/) as string,
      }),
    ])
  }
  expect(await dashboard.ask('/targets')).toMatchObject({
    rows: [{ ...of, active: true, limits: { ttft_ms: 2000 }, owned_by: 'file' }],
  })
})

test('what changes it in the dashboard cannot be used, and says why', async ({ skip }) => {
  const { page, said } = await dashboard.openPage('/models?show=benchmarked', skip, { isSignedIn: true })
  const says = (name: string) =>
    page
      .getByRole('button', { name, exact: true })
      .and(page.getByTitle('It is kept in firsttoken.yaml: change it there'))
      .first()
      .waitFor()
  await says('Deactivate gpt-4.1-mini')
  await page.goto(`${dashboard.origin}/models?model=openai/gpt-4.1-mini`)
  await says('Deactivate')
  await says('Set')
  await page.goto(`${dashboard.origin}/incidents?view=channels`)
  await page.getByText('Slack, from firsttoken.yaml').waitFor()
  for (const name of ['Switch off ops', 'Edit ops', 'Delete ops']) await says(name)
  await expectAccessible(page)
  await page.goto(`${dashboard.origin}/benchmark?prompt=tides`)
  await says('Delete it')
  await page.goto(`${dashboard.origin}/incidents?view=maintenance`)
  for (const name of ['Edit weekly', 'Delete weekly']) await says(name)
  const { rows } = await dashboard.ask<{ rows: { id: string }[] }>('/targets')
  await page.goto(`${dashboard.origin}/targets/${rows[0]?.id}`)
  await says('Limits')
  expect(said).toEqual([])
})
