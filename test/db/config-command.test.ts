import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readApp } from '../../src/app.ts'
import { config } from '../../src/cli/config.ts'
import { keptByFile } from '../../src/cli/kept-by-file.ts'
import { models } from '../../src/cli/models.ts'
import { run } from '../../src/cli/run.ts'
import type { App } from '../../src/jobs/app.ts'
import type { Store } from '../../src/store/store.ts'
import { command, makeFolder, removeFolder } from '../support/command.ts'
import { createDatabase } from '../support/databases.ts'
import { execute, keepOutput } from '../support/output.ts'

let folder: string
let path: string
beforeAll(() => {
  folder = makeFolder()
  path = join(folder, 'firsttoken.yaml')
})
afterAll(() => removeFolder(folder))

let env: Record<string, string>
const freshDatabase = async () => {
  env = {
    FIRSTTOKEN_CONFIG: path,
    DATABASE_URL: await createDatabase('migrated'),
    LOG_DIR: folder,
    LOG_LEVEL: 'silent',
  }
}
beforeEach(freshDatabase)

const write = (content: string | object) =>
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
const openApp = () => readApp(env)
const ask = (...argv: string[]) => execute(config, argv, { openApp })

/** Works with the store that the environment names. */
async function withStoreOf<Output>(use: (store: Store, app: App) => Promise<Output>): Promise<Output> {
  const app = await openApp()
  if ('problems' in app) throw new Error(app.problems.join('\n'))
  const store = await app.store.open()
  try {
    return await use(store, app)
  } finally {
    await store.close()
  }
}
const stateOf = () => withStoreOf((store) => store.readConfig())
const targets = (n: number, limit: number) => ({
  targets: Array.from({ length: n }, (_, index) => ({
    model: `openai/m${index}`,
    limits: { ttft_ms: limit },
  })),
})

/** The example of the page, which names every kind of entry. */
const example = /```yaml\n([\s\S]*?)```/.exec(readFileSync('docs/config-file.md', 'utf8'))?.[1] ?? ''

test('diff tells what apply does, and what is exported is what was applied', async () => {
  write(example)
  const planned = await ask('diff', '--json')
  expect(planned).toMatchObject({ code: 1, stderr: '' })
  const { changes } = JSON.parse(planned.stdout) as { changes: unknown[] }
  expect(changes).toHaveLength(12)
  const applied = await ask('apply', '--json')
  expect(applied).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(applied.stdout)).toEqual({ applied: true, changes })
  expect(await ask('diff')).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^Postgres .* is as .*firsttoken\.yaml says\n$/) as string,
    stderr: '',
  })
  const { stdout: exported } = await ask('export')
  write(exported)
  expect(await ask('diff')).toMatchObject({ code: 0 })
})

test('a change is told by what differs; what is not in the file is left, or pruned', async () => {
  write({ ...targets(2, 1000), prices: [{ model: 'openai/m0', input: 1, output: 2 }] })
  await ask('apply')
  write({ ...targets(1, 900), prices: [{ model: 'openai/m0', input: 1.5, output: 2 }] })
  expect((await ask('diff')).stdout.split('\n')).toEqual([
    'changed  target openai/m0: limits.ttft_ms 1000 -> 900',
    'changed  price openai/m0: price.input_per_m 1 -> 1.5',
    'released target openai/m1: as it is, and the file owns it no more',
    '',
  ])
  const { stdout } = await ask('apply', '--prune')
  expect(stdout.split('\n')).toEqual([
    'changed  target openai/m0: limits.ttft_ms 1000 -> 900',
    'changed  price openai/m0: price.input_per_m 1 -> 1.5',
    'removed  target openai/m1',
    `${path} is applied: 3 changed`,
    '',
  ])
  expect((await ask('apply')).stdout).toBe(`${path} is applied: nothing to change\n`)
})

test('two hundred targets, changed by five processes at once, are what they are if it is done once', async () => {
  write(targets(200, 2000))
  await ask('apply')
  const once = await stateOf()
  await freshDatabase()
  write(targets(200, 1000))
  await ask('apply')
  write(targets(200, 2000))
  const ended = await Promise.all(
    Array.from({ length: 5 }, () => command('config.ts', ['apply', '--json'], { cwd: folder, env })),
  )
  const outcomes = ended.map(({ code, stdout }) => {
    const { applied, changes } = JSON.parse(stdout) as { applied: boolean; changes: unknown[] }
    return { code, applied, changed: changes.length }
  })
  expect(outcomes.toSorted((a, b) => b.changed - a.changed)).toEqual([
    { code: 0, applied: true, changed: 200 },
    ...Array.from({ length: 4 }, () => ({ code: 0, applied: false, changed: 0 })),
  ])
  expect(await stateOf()).toEqual(once)
})

describe('a file that cannot be used', () => {
  const bad: Record<string, [content: object, told: string]> = {
    'a provider that nobody knows': [
      { targets: [{ model: 'openai/a' }, { model: 'openia/a' }] },
      '1: targets[1].model: there is no provider openia: ',
    ],
    'a provider that routes to no hosts': [
      { targets: [{ model: 'openai/a', pin: 'groq' }] },
      '1: targets[0].pin: is for providers that route to hosts, and openai does not',
    ],
    'a window for nobody': [
      {
        maintenance: [
          {
            name: 'x',
            scope: 'provider/openia',
            starts_at: '2099-01-01T00:00:00Z',
            ends_at: '2099-01-02T00:00:00Z',
          },
        ],
      },
      '1: maintenance[0].scope: there is no provider openia: ',
    ],
    'an unknown name': [
      { targets: [{ model: 'openai/a', limit: 1 }] },
      '1: targets[0].limit: is unknown: targets[0] may have model, ',
    ],
  }

  test.each(Object.entries(bad))(
    '%s is told by line and path, and changes nothing',
    async (_, [content, told]) => {
      write(content)
      for (const act of ['validate', 'diff', 'apply']) {
        const { code, stderr } = await ask(act)
        expect({ act, code, stderr }).toMatchObject({
          act,
          code: 2,
          stderr: expect.stringContaining(`firsttoken.yaml:${told}`) as string,
        })
      }
      write('')
      expect(await stateOf()).toEqual({ hash: null, items: [] })
    },
  )

  test('what the database refuses is told and fails with 2, by run too, and changes nothing', async () => {
    write({
      targets: [{ model: 'openai/a' }],
      maintenance: [
        {
          name: 'x',
          scope: 'target/openai/none',
          starts_at: '2099-01-01T00:00:00Z',
          ends_at: '2099-01-02T00:00:00Z',
        },
      ],
    })
    const refused = {
      code: 2,
      stderr: expect.stringMatching(
        /firsttoken\.yaml is not applied, and nothing is changed: .*there is no target\/openai\/none/,
      ) as string,
    }
    expect(await ask('apply')).toMatchObject(refused)
    expect(await execute(run, ['--synthetic'], { openApp, env })).toMatchObject(refused)
    expect(await stateOf()).toEqual({ hash: null, items: [] })
  })
})

test('a command that would change what the file says is refused, with 2', async () => {
  write(targets(1, 1000))
  await ask('apply')
  expect(await execute(models, ['deactivate', 'openai', 'm0'], { openApp })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('target openai/m0 is kept in firsttoken.yaml: change it there') as string,
  })
})

describe('at a start', () => {
  const openKept = async (stderr = keepOutput()) => {
    const app = await openApp()
    if ('problems' in app) throw new Error(app.problems.join('\n'))
    return { app: keptByFile(app, stderr.streams), said: () => stderr.text.stderr }
  }

  test('a run is planned by the file; one that records nothing applies nothing', async () => {
    write(targets(1, 1000))
    await execute(run, ['--synthetic', '--no-save', '--json'], { openApp, env })
    expect((await stateOf()).items).toEqual([])
    await execute(run, ['--synthetic', '--json'], { openApp, env })
    expect((await stateOf()).items.filter(({ owned }) => owned)).toMatchObject([{ key: 'openai/m0' }])
  })

  test('a server applies it once, and leaves what was changed since', async () => {
    write(targets(1, 1000))
    const { app } = await openKept()
    const [store, other] = await Promise.all([app.store.open(), app.store.open()])
    const { hash, items } = await store.readConfig()
    expect(hash).not.toBeNull()
    expect(items).toMatchObject([{ key: 'openai/m0', owned: true }])
    await Promise.all([store.close(), other.close()])
  })

  test('what the database refuses is told, and the server goes on as it was', async () => {
    write({ channels: [{ name: 'ops', kind: 'slack', secrets: { url: 'ALERT_SECRET_OPS' } }] })
    await withStoreOf((store) =>
      store.saveChannels({
        channels: [
          {
            name: 'ops',
            kind: 'slack',
            source: 'environment',
            minSeverity: 'info',
            kinds: [],
            settings: {},
            secrets: { url: 'ALERT_OPS_URL' },
            enabled: true,
            weekly: false,
          },
        ],
      }),
    )
    const { app, said } = await openKept()
    const store = await app.store.open()
    expect(said()).toMatch(
      /^firsttoken: .*firsttoken\.yaml is not applied, and nothing is changed: .*channel ops is that of the environment/,
    )
    expect((await store.readChannels()).rows).toMatchObject([{ name: 'ops', source: 'environment' }])
    await store.close()
  })
})
