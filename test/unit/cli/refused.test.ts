import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { buildApp } from '../../../src/app.ts'
import { calibrate } from '../../../src/cli/calibrate.ts'
import { doctor } from '../../../src/cli/doctor.ts'
import { models } from '../../../src/cli/models.ts'
import { planner } from '../../../src/cli/planner.ts'
import { pruneCommand } from '../../../src/cli/prune.ts'
import { rebuildRollups } from '../../../src/cli/rebuild-rollups.ts'
import { refreshLeaderboards } from '../../../src/cli/refresh-leaderboards.ts'
import { replaySpoolCommand } from '../../../src/cli/replay-spool.ts'
import { run } from '../../../src/cli/run.ts'
import { schedule } from '../../../src/cli/schedule.ts'
import { sweep } from '../../../src/cli/sweep.ts'
import { syncModels } from '../../../src/cli/sync-models.ts'
import { worker } from '../../../src/cli/worker.ts'
import type { Command } from '../../../src/cli/command.ts'
import { makeFolder, removeFolder } from '../../support/command.ts'
import { execute } from '../../support/output.ts'

// What a person may get wrong, command by command. The exit code of a process is that of its command.

const folder = makeFolder()
afterAll(() => removeFolder(folder))

/** Runs a command, for a program where it has a document for one; shows what was printed. */
async function refusal(command: Command, args: string[], parts: Parameters<typeof execute>[2] = {}) {
  const hasDocument = command.flags.includes('json')
  const { code, stdout, stderr } = await execute(command, hasDocument ? [...args, '--json'] : args, parts)
  const keys = hasDocument ? Object.keys(JSON.parse(stdout) as object) : ['error']
  return { code, keys, stderr }
}
const expected = (reason: string) => ({
  code: 2,
  keys: ['error'],
  stderr: expect.stringContaining(reason) as string,
})

/** Commands with wrong arguments, and what they say; they open nothing. */
const misused: [Command, string[], string][] = [
  [pruneCommand, ['--days', '30'], '--days must be a number of days from 31 on, or off'],
  [pruneCommand, ['--text-days', 'x'], '--text-days must be a number of days from 1 on, or off'],
  [pruneCommand, ['--batch', '0'], '--batch must be from 1 to 100000'],
  [rebuildRollups, [], '--since is needed'],
  [rebuildRollups, ['--since', 'yesterday'], '--since must be a date'],
  [rebuildRollups, ['--since', '2026-02-01', '--until', '2026-01-01'], '--until must be after --since'],
  [refreshLeaderboards, ['--now'], '--now'],
  [replaySpoolCommand, ['extra'], 'extra'],
  [calibrate, ['--quik'], "'--quik'; --help lists the options"],
  [doctor, ['--fix'], '--fix'],
  [doctor, ['now'], 'now'],
  [models, ['add', 'openai'], 'add needs a provider and a model'],
  [models, ['add', 'openai', 'x', '--reasoning', 'much'], '--reasoning must be least or default'],
  [models, ['price', 'openai', 'x', '--input', 'cheap'], '--input must be USD per million tokens'],
  [models, ['price', 'openai', 'x', '--auto', '--input', '1', '--output', '1'], 'price needs --input and'],
  [models, ['price', 'openai', 'x', '--input', '9'.repeat(400), '--output', '1'], 'more than a number can'],
  [models, ['add', 'openai', ''], 'the names of provider and model must not be empty'],
  [models, ['add', 'openai', '  '], 'the names of provider and model must not be empty'],
  [models, ['add', ' ', 'x'], 'the names of provider and model must not be empty'],
  [models, ['add', 'openrouter', 'x', '--pin', ' '], '--pin must not be empty'],
  [models, ['add', 'openai', 'x', '--input', '5', '--all'], '--input is not for add'],
  [models, ['add', 'openai', 'x', '--all'], '--all is not for add'],
  [models, ['price', 'openai', 'x', '--auto', '--region', 'fra1'], '--region is not for price'],
  [models, ['remove'], 'there is no command remove'],
  [worker, ['--concurrency', '65'], '--concurrency must be from 1 to 64'],
  [planner, ['--no-plan'], '--no-plan'],
]

test.each(misused.map(([command, args, reason]) => ({ name: command.name, args, reason, command })))(
  '$name refuses $args and says why',
  async ({ command, args, reason }) => {
    expect(await refusal(command, args)).toEqual(expected(reason))
  },
)

const restAlone = { SUPABASE_URL: 'http://127.0.0.1:9', SUPABASE_SERVICE_ROLE: 'sb_secret_a' }

/** The same with an environment that does not fit; no provider is called and no database opened. */
const unfit: [Command, string[], Record<string, string>, string][] = [
  [schedule, ['--cron', 'hourly'], {}, 'hourly'],
  [schedule, [], { DATABASE_URL: 'postgres://127.0.0.1:9/db' }, 'no provider is configured'],
  [syncModels, ['--provider', 'groq'], {}, 'Groq is not configured: set GROQ_API_KEY'],
  [syncModels, ['--provider', 'nobody'], {}, 'There is no provider "nobody"'],
  [syncModels, [], { OPENAI_BASE_URL: 'nonsense' }, 'OPENAI_BASE_URL is not an http or https URL'],
  [syncModels, [], { GENAI_PRICES_URL: 'nonsense' }, 'GENAI_PRICES_URL'],
  [syncModels, [], { SYNC_SCHEDULE: 'weekly' }, 'SYNC_SCHEDULE'],
  [syncModels, ['extra'], {}, 'extra'],
  [run, ['--synthetic', '--prompt-file', 'nowhere.txt'], {}, 'nowhere.txt'],
  [run, ['--synthetic', '--prompt-file', '/dev/zero'], {}, 'longer than 1 MiB'],
  [run, ['--synthetic', '--out', '/nowhere/run.json'], {}, '--out'],
  [run, ['--base-url', 'localhost', '--model', 'm'], {}, '--base-url'],
  [run, ['--base-url', 'http://127.0.0.1:9/v1', '--model', 'm', '--api-key-env', 'NO_KEY'], {}, 'NO_KEY'],
  [run, ['--provider', 'groq', '--no-save'], {}, 'GROQ_API_KEY'],
  [run, ['--provider', 'acme', '--no-save'], {}, 'acme'],
  [run, ['--synthetic'], { SUPABASE_URL: 'http://127.0.0.1:9' }, 'SUPABASE_SERVICE_ROLE'],
  [run, ['--synthetic'], { VERCEL: '1' }, 'no store is configured'],
  [run, ['--no-save'], { BUDGET_USD_PER_DAY: '0' }, 'a budget is kept in the database'],
  [
    sweep,
    ['--rate', '1', '--base-url', 'http://127.0.0.1:9/v1'],
    {},
    '--base-url needs --model (or LLM_MODEL)',
  ],
  [worker, [], restAlone, 'set DATABASE_URL too'],
  [planner, [], restAlone, 'set DATABASE_URL too'],
  [run, [], { BUDGET_USD_PER_DAY: '0x10' }, 'BUDGET_USD_PER_DAY'],
  [run, [], { BENCHMARK_TEMPERATURE: 'hot' }, 'BENCHMARK_TEMPERATURE'],
]

test.each(unfit.map(([command, args, env, reason]) => ({ name: command.name, args, env, reason, command })))(
  '$name refuses $args with $env and says why',
  async ({ command, args, env: more, reason }) => {
    const key =
      command === schedule ? {} : { OPENAI_API_KEY: 'sk-a-key', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' }
    const env = {
      DATA_DIR: join(folder, '.data'),
      LOG_DIR: join(folder, 'logs'),
      LOG_LEVEL: 'silent',
      ...key,
      ...more,
    }
    const parts = { openApp: () => buildApp(env), env }
    expect(await refusal(command, args, parts)).toEqual(expected(reason))
    expect(existsSync(env.DATA_DIR)).toBe(false)
  },
)
