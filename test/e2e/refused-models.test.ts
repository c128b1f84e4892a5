import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Listings, serveListings } from '../support/listings.ts'
import { command, makeFolder, removeFolder } from '../support/command.ts'

let cwd: string
let server: Listings
beforeAll(async () => {
  cwd = makeFolder()
  server = await serveListings({})
})
afterAll(async () => {
  await server.close()
  removeFolder(cwd)
})

const env = (more: Record<string, string> = {}) => ({
  OPENAI_API_KEY: 'sk-a-key',
  OPENAI_BASE_URL: `${server.url}/v1`,
  ...more,
})

test.each([
  [['activate', 'openai', 'gpt-nano'], 'openai has no model gpt-nano that is known'],
  [['add', 'openai', 'x', '--pin', 'host'], '--pin is for providers that route to hosts'],
  [['add', 'openai'], 'add needs a provider and a model'],
  [['add', 'openai', 'x', '--reasoning', 'much'], '--reasoning must be least or default'],
  [['price', 'openai', 'x', '--input', 'cheap'], '--input must be USD per million tokens'],
  [
    ['price', 'openai', 'x', '--auto', '--input', '1', '--output', '1'],
    'price needs --input and --output, or --auto',
  ],
  [
    ['price', 'openai', 'x', '--input', '9'.repeat(400), '--output', '1'],
    '--input is more than a number can hold',
  ],
  [['add', 'openai', ''], 'the names of provider and model must not be empty'],
  [['add', 'openai', '  '], 'the names of provider and model must not be empty'],
  [['add', ' ', 'x'], 'the names of provider and model must not be empty'],
  [['add', 'openrouter', 'x', '--pin', ' '], '--pin must not be empty'],
  [['add', 'openai', 'x', '--input', '5', '--all'], '--input is not for add'],
  [['add', 'openai', 'x', '--all'], '--all is not for add'],
  [['price', 'openai', 'x', '--auto', '--region', 'fra1'], '--region is not for price'],
  [['remove'], 'there is no command remove'],
  [['list', '--often'], '--often'],
])('models.ts refuses %j and says why', async (args, reason) => {
  const ended = await command('models.ts', args, { cwd, env: env() })
  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain(reason)
})

test.each([
  [['--provider', 'groq'], {}, 'Groq is not configured: set GROQ_API_KEY'],
  [['--provider', 'nobody'], {}, 'There is no provider "nobody"'],
  [[], { OPENAI_BASE_URL: 'nonsense' }, 'OPENAI_BASE_URL is not an http or https URL'],
  [[], { GENAI_PRICES_URL: 'nonsense' }, 'GENAI_PRICES_URL'],
  [[], { SYNC_SCHEDULE: 'weekly' }, 'SYNC_SCHEDULE'],
  [['extra'], {}, 'extra'],
])('sync-models.ts refuses %j with %j and says why', async (args, more, reason) => {
  const ended = await command('sync-models.ts', args, { cwd, env: env(more) })
  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain(reason)
  expect(server.requests).toEqual([])
})
