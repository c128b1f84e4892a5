import { z } from 'zod'
import { toJsonText } from '../core/json.ts'
import type { Check } from '../core/check.ts'
import { systemClock } from '../core/clock.ts'
import { runChecks } from '../doctor/checks.ts'
import { installationOf } from '../doctor/parts.ts'
import { painter } from '../report/console.ts'
import { checkLine, checksEnding } from '../report/doctor.ts'
import { exitCode } from './exit-code.ts'
import { defineCommand } from './command.ts'
import { yes } from './flags.ts'

const help = `Check the whole installation, and say how to fix what is wrong.

Usage: pnpm tsx scripts/doctor.ts [options]

  --keys      also call every configured provider once, for its list of models, to test its key
  --json      one JSON document {ok, checks: [{name, state, message, todo}]} on stdout, nothing else
  --help      this text

Checked, one line each: the environment, Node, providers, the log folder, the spool, the store, its migrations, its clock
against ours, the schedule, the leaderboards, pruning, the model sync, each channel that is told of incidents, the fleet
if there is one, the proxy if it is on or somebody has a token of it, and on Vercel the cron secret. Without --keys no provider is called, and no channel is ever sent anything. No key or password is printed. Opening the embedded database creates it and brings it up to date.

Exit codes: 0 nothing failed (there may be warnings), 1 something failed, 2 bad usage.
`

/** `doctor`: checks every part of the installation. */
export const doctor = defineCommand({
  name: 'doctor',
  help,
  flags: z.object({ keys: yes, json: yes }),
  needs: 'nothing',
  run: async ({ keys, json }, { openApp, env, streams: { stdout } }) => {
    const paint = painter(!json && stdout.isTTY && stdout.hasColors())
    const checks: Check[] = []
    const parts = {
      installation: installationOf(await openApp()),
      env,
      nodeVersion: process.version,
      clock: systemClock,
    }
    for await (const check of runChecks(parts, { callProviders: keys })) {
      checks.push(check)
      if (!json) stdout.write(`${checkLine(check, paint)}\n`)
    }
    const healthy = checks.every(({ state }) => state !== 'fail')
    const document = { ok: healthy, checks }
    stdout.write(json ? `${toJsonText(document, 2)}\n` : `\n${checksEnding(checks)}\n`)
    return healthy ? exitCode.ok : exitCode.allFailed
  },
})
