import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { command, makeFolder, removeFolder } from '../support/command.ts'
import { copyDatabase } from '../support/held-database.ts'

let provider: Synthetic
let cwd: string
beforeAll(async () => {
  cwd = makeFolder()
  copyDatabase(cwd)
  provider = await startSynthetic({ options: { ttftMs: 10, frames: 3, delayMs: 1 } })
})
afterAll(async () => {
  await provider.close()
  removeFolder(cwd)
})

/** The packages that a run loads in its main thread. */
async function packagesOf(name: string, args: string[], env: Record<string, string>): Promise<Set<string>> {
  const file = join(cwd, `${name}.txt`)
  const hook = pathToFileURL(resolve('test/support/record-modules.ts')).href
  const ended = await command('run.ts', [...args, '--json'], {
    cwd,
    env: { ...env, MODULES: file, NODE_OPTIONS: `--import=${hook}` },
  })
  expect(ended).toMatchObject({ code: 0 })
  const urls = readFileSync(file, 'utf8').split('\n')
  return new Set(urls.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []))
}

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  dependencies: Record<string, string>
}
/** Small, and needed by every run. */
const light = ['croner', 'pino', 'zod']
const heavyOf = (packages: Set<string>) =>
  Object.keys(dependencies).filter((name) => packages.has(name) && !light.includes(name))

test('a run with --no-save loads one SDK and no driver', async () => {
  const args = ['--base-url', provider.url, '--model', 'synthetic-1', '--no-save']
  const packages = await packagesOf('no-save', args, {})
  expect(heavyOf(packages)).toEqual(['openai'])
})

test('a run of Groq into the embedded database loads its SDK, the price book and the Postgres driver', async () => {
  const env = { GROQ_API_KEY: 'gsk_e2e_groq', GROQ_BASE_URL: provider.url }
  const packages = await packagesOf('groq', ['--model', 'synthetic-1'], env)
  expect(heavyOf(packages)).toEqual(['@pydantic/genai-prices', 'groq-sdk', 'pg'])
})
