import { z } from 'zod'
import { toJsonText } from '../core/json.ts'
import { exitCode } from './exit-code.ts'
import { defineCommand } from './command.ts'
import { text, words, yes } from './flags.ts'

const help = `Monitoring as code: check firsttoken.yaml.

Usage: pnpm tsx scripts/config.ts validate [--file PATH] [--json]

  validate      check the file, together with the environment, which takes precedence; changes nothing
  --file PATH   another file than FIRSTTOKEN_CONFIG, or firsttoken.yaml here
  --json        what was found as JSON
  --help        this text

Exit codes: 0 done, 2 bad usage, or the file or the environment cannot be used: each line names file, line and path.
`

const subcommands = ['validate'] as const

const flags = z
  .object({ words, file: text, json: yes })
  .refine(({ words: [asked, ...more] }) => more.length === 0 && subcommands.some((each) => each === asked), {
    error: `say what to do: ${subcommands.join(', ')}`,
  })

/** `config`: what firsttoken.yaml says, and what the database has of it. */
export const config = defineCommand({
  name: 'config',
  help,
  flags,
  needs: 'nothing',
  run: async ({ file, json }, { openApp, streams: { stdout } }) => {
    const app = await openApp(file === null ? undefined : { FIRSTTOKEN_CONFIG: file })
    if ('problems' in app) return { problem: app.problems.join('\n') }
    if (app.file === null)
      return { problem: 'there is no firsttoken.yaml here: FIRSTTOKEN_CONFIG or --file names one' }
    const { path, variables, items, hash } = app.file
    const counts = Object.fromEntries(
      [...Map.groupBy(items, ({ kind }) => kind)].map(([kind, { length }]) => [kind, length]),
    )
    const document = { path, hash, settings: Object.keys(variables).length, items: counts }
    const said = Object.entries({ setting: document.settings, ...counts }).map(([kind, n]) => `${kind} ${n}`)
    stdout.write(json ? `${toJsonText(document, 2)}\n` : `${path} is right: ${said.join(', ')}\n`)
    return exitCode.ok
  },
})
