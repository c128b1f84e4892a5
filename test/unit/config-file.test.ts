import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { readApp } from '../../src/app.ts'
import { config } from '../../src/cli/config.ts'
import { fileSettings } from '../../src/config/settings.ts'
import { settingNames, type SettingName } from '../../src/jobs/config.ts'
import { makeFolder, removeFolder } from '../support/command.ts'
import { execute } from '../support/output.ts'

let folder: string
beforeAll(() => void (folder = makeFolder()))
afterAll(() => removeFolder(folder))

/** The app with this file, and these variables over it. */
function appWith(content: string, env: Record<string, string> = {}) {
  const path = join(folder, 'f.yaml')
  writeFileSync(path, content)
  return readApp({ FIRSTTOKEN_CONFIG: path, LOG_DIR: folder, ...env })
}
const configOf = async (...given: Parameters<typeof appWith>) => {
  const app = await appWith(...given)
  if ('problems' in app) throw new Error(app.problems.join('\n'))
  return app.config
}

const file = `settings:
  schedule: '0 * * * *'
  max_tokens: 100
  budget_usd_per_day: 2
  retention_days: off
  incident_shadow: [slow]
`

test('the file beats what is usual, and the environment beats the file', async () => {
  expect(await configOf(file)).toMatchObject({
    defaults: {
      schedule: { cron: '0 * * * *' },
      maxTokens: 100,
      temperature: 0.7,
      budget: { usdPerDay: 2 },
    },
    retention: { results: null },
    alerts: { shadow: ['slow'] },
  })
  const over = { BENCHMARK_MAX_TOKENS: '200', BENCHMARK_SCHEDULE: '', RETENTION_DAYS: ' 31 ' }
  expect(await configOf(file, over)).toMatchObject({
    defaults: { maxTokens: 200, schedule: { cron: '0 * * * *' } },
    retention: { results: 31 },
  })
})

test('a value that its variable does not allow is told by file, line and path; one of the environment by its name', async () => {
  const wrong = file.replace('100', '0')
  const app = await appWith(wrong, { BENCHMARK_TEMPERATURE: '9' })
  expect(app).toEqual({
    problems: expect.arrayContaining([
      `${join(folder, 'f.yaml')}:3: settings.max_tokens: must be a number from 1 to 1000000`,
      'BENCHMARK_TEMPERATURE: must be a number from 0 to 2',
    ]) as string[],
  })
  const told = await appWith(wrong, { BENCHMARK_MAX_TOKENS: '-1' })
  expect(told).toEqual({ problems: ['BENCHMARK_MAX_TOKENS: must be a number from 1 to 1000000'] })
})

test('the prompt is one of the file by its name, as it is written there, in the environment too', async () => {
  const prompts = `prompts:
  - name: tides
    text: |
      Why are there
      two tides?
`
  const promptOf = async (...given: Parameters<typeof appWith>) => (await configOf(...given)).defaults.prompt
  const text = 'Why are there\ntwo tides?\n'
  expect(await promptOf(`${prompts}settings: { prompt: tides }\n`)).toBe(text)
  expect(await promptOf(prompts, { BENCHMARK_PROMPT: 'tides' })).toBe(text)
  expect(await promptOf(prompts, { BENCHMARK_PROMPT: 'Tides' })).toBe('Tides')
})

test('a file that is named and not there is an error, a folder too; without a name none is needed', async () => {
  for (const path of [join(folder, 'none.yaml'), folder])
    expect(await readApp({ FIRSTTOKEN_CONFIG: path })).toEqual({
      problems: [expect.stringContaining(`${path} cannot be read: `) as string],
    })
  expect(await readApp({ LOG_DIR: folder })).toMatchObject({ file: null })
})

test('an address of a channel may be that of a host that the environment opens', async () => {
  const channels = `channels:
  - name: local
    kind: webhook
    settings: { url: 'https://10.0.0.5/hook' }
`
  expect(await appWith(channels)).toMatchObject({
    problems: [expect.stringContaining(':4: channels[0].settings.url: ')],
  })
  expect(await appWith(channels, { EGRESS_ALLOW: '10.0.0.5' })).toMatchObject({
    file: { items: [{ kind: 'channel' }] },
  })
})

test('a channel of the file and one of the environment cannot have the same name', async () => {
  const channels = `channels:
  - name: ops
    kind: slack
    secrets: { url: ALERT_SECRET_OPS }
  - name: slack-night
    kind: slack
    secrets: { url: ALERT_SECRET_NIGHT }
`
  const url = 'https://hooks.slack.com/services/x'
  expect(await appWith(channels, { ALERT_SLACK_NIGHT_URL: url })).toEqual({
    problems: [
      `${join(folder, 'f.yaml')}:5: channels[1].name: is a channel of the environment: choose another name, or take its ALERT_ variables away`,
    ],
  })
  expect(await appWith(channels, { ALERT_SLACK_URL: url })).toMatchObject({
    file: { path: expect.any(String) as unknown },
  })
})

/** Why only the environment says these. */
const environmentAlone: Readonly<Record<string, readonly SettingName[]>> = {
  'it is a secret, or an address that may hold one': [
    'ADMIN_TOKEN',
    'CRON_SECRET',
    'DATABASE_URL',
    'HEALTH_PING_URL',
    'READ_TOKEN',
    'SUPABASE_SECRET_KEY',
    'SUPABASE_SERVICE_ROLE',
    'SUPABASE_SERVICE_ROLE_KEY',
    'SUPABASE_URL',
  ],
  'it says whom this machine lets in, or calls': [
    'ALLOWED_HOSTS',
    'CORS_ORIGINS',
    'EGRESS_ALLOW',
    'GENAI_PRICES_URL',
    'MODELS_DEV_URL',
    'PUBLIC_READS',
  ],
  'it is about one machine': [
    'ARCHIVE_DIR',
    'DATA_DIR',
    'HOST',
    'LOG_DIR',
    'LOG_LEVEL',
    'PORT',
    'PROXY',
    'PROXY_HOST',
    'PROXY_PORT',
    'PUBLIC_URL',
  ],
  'the platform sets it': ['VERCEL', 'VERCEL_REGION'],
  'it says where the file is': ['FIRSTTOKEN_CONFIG'],
}

test('every variable is a setting of the file, or one of those that only the environment says for a reason', () => {
  const settings = Object.values(fileSettings).map(({ variable }): string => variable)
  const all = [...settings, ...Object.values(environmentAlone).flat()]
  expect(all.toSorted()).toEqual([...settingNames].toSorted())
})

/** The example of the page. */
const example = /```yaml\n([\s\S]*?)```/.exec(readFileSync('docs/config-file.md', 'utf8'))?.[1] ?? ''

const validate = (content: string, ...more: string[]) => {
  const path = join(folder, 'f.yaml')
  writeFileSync(path, content)
  const openApp = (over: Readonly<Record<string, string>> = {}) => readApp({ LOG_DIR: folder, ...over })
  return execute(config, ['validate', '--file', path, ...more], { openApp })
}

test('validate says what is in a file: that of docs/config-file.md is right', async () => {
  const ended = await validate(example, '--json')
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(ended.stdout)).toMatchObject({
    settings: 6,
    items: { target: 4, component: 2, price: 1, prompt: 1, rule: 2, channel: 1, maintenance: 1 },
  })
  expect((await validate(example)).stdout).toBe(
    `${join(folder, 'f.yaml')} is right: setting 6, target 4, component 2, price 1, prompt 1, rule 2, channel 1, maintenance 1\n`,
  )
})

test('validate tells everything that is wrong with a file, a line each, and fails with 2', async () => {
  const ended = await validate('targets: [{model: x, foo: 1}]\n')
  const path = join(folder, 'f.yaml')
  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain(`${path}:1: targets[0].model: must be <provider>/<model>`)
  expect(ended.stderr).toContain(`${path}:1: targets[0].foo: is unknown`)
})

test('the JSON Schema takes the example, and refuses what has an unknown name or a wrong type', () => {
  const schema = z.fromJSONSchema(
    JSON.parse(readFileSync('docs/firsttoken.schema.json', 'utf8')) as z.core.JSONSchema.JSONSchema,
  )
  const takes = (content: string) => schema.safeParse(parse(content)).success
  expect(takes(example)).toBe(true)
  for (const wrong of [
    'target: []',
    'settings: {jobs: many}',
    'targets: [{}]',
    'channels: [{name: a, kind: fax}]',
  ])
    expect(takes(wrong), wrong).toBe(false)
})
