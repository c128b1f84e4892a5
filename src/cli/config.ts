import { z } from 'zod'
import { describeChange } from '../config/describe.ts'
import { exportConfig } from '../config/export.ts'
import type { ConfigFile } from '../config/parse.ts'
import { toJsonText } from '../core/json.ts'
import type { App } from '../jobs/app.ts'
import { applyFile, wrongNames } from '../jobs/apply-file.ts'
import type { ConfigChange } from '../store/config-codec.ts'
import { withStore } from '../store/with-store.ts'
import { exitCode } from './exit-code.ts'
import { storeRefusal } from './failure.ts'
import { defineCommand } from './command.ts'
import { text, words, yes } from './flags.ts'

const help = `Monitoring as code: check firsttoken.yaml, and make the database what it says.

Usage: pnpm tsx scripts/config.ts validate [--file PATH] [--json]
       pnpm tsx scripts/config.ts diff     [--file PATH] [--prune] [--json]
       pnpm tsx scripts/config.ts apply    [--file PATH] [--prune] [--json]
       pnpm tsx scripts/config.ts export   [--json]

  validate      check the file, together with the environment, which takes precedence; opens no database
  diff          what apply would change
  apply         make the database what the file says, all of it or nothing
  export        print what the database has, as a file that says it
  --file PATH   another file than FIRSTTOKEN_CONFIG, or firsttoken.yaml here
  --prune       switch off or delete what is not in the file: what it said before, and all else of the sections that it has
  --json        what was found or changed as JSON
  --help        this text

Exit codes: 0 done, or nothing differs; 1 diff: something differs; 2 bad usage, or the file, the environment or the database refuses:
each line names file, line and path; 3 the database is unreachable.
`

const subcommands = ['validate', 'diff', 'apply', 'export'] as const

const flags = z
  .object({ words, file: text, prune: yes, json: yes })
  .refine(({ words: [asked, ...more] }) => more.length === 0 && subcommands.some((each) => each === asked), {
    error: `say what to do: ${subcommands.join(', ')}`,
  })
  .refine(({ words: [asked], prune }) => !prune || asked === 'diff' || asked === 'apply', {
    error: '--prune is for diff and apply',
  })
  .refine(({ words: [asked], file }) => file === null || asked !== 'export', {
    error: 'export reads the database, and no file',
  })

/** What a subcommand answers. */
interface Answer {
  document: object
  text: string
  code?: number
}
type Subcommand = (file: ConfigFile, app: App, prune: boolean) => Answer | Promise<Answer>

const validate: Subcommand = ({ path, variables, items, hash }) => {
  const kinds = Map.groupBy(items, ({ kind }) => kind)
  const counts = Object.fromEntries([...kinds].map(([kind, { length }]) => [kind, length]))
  const document = { path, hash, settings: Object.keys(variables).length, items: counts }
  const said = Object.entries({ setting: document.settings, ...counts }).map(([kind, n]) => `${kind} ${n}`)
  return { document, text: `${path} is right: ${said.join(', ')}\n` }
}

const linesOf = (changes: readonly ConfigChange[]): string =>
  changes.map((change) => `${describeChange(change)}\n`).join('')

const diff: Subcommand = (file, app, prune) =>
  withStore(app.store.open, async (store) => {
    const { changes } = await store.diffConfig({ ...file, prune })
    const isSame = changes.length === 0
    return {
      document: { changes },
      text: isSame ? `${app.store.name} is as ${file.path} says\n` : linesOf(changes),
      code: isSame ? exitCode.ok : exitCode.differs,
    }
  })

const apply: Subcommand = (file, app, prune) =>
  withStore(app.store.open, async (store) => {
    const done = await applyFile(store, file, { ...app, prune, atStart: false })
    const what = done.changes.length === 0 ? 'nothing to change' : `${done.changes.length} changed`
    return { document: done, text: `${linesOf(done.changes)}${file.path} is applied: ${what}\n` }
  })

const ofFile: Readonly<Record<string, Subcommand>> = { validate, diff, apply }

/** `config`: what firsttoken.yaml says, and what the database has of it. */
export const config = defineCommand({
  name: 'config',
  help,
  flags,
  needs: 'nothing',
  run: async ({ words: [asked = ''], file: path, prune, json }, { openApp, streams: { stdout } }) => {
    const app = await openApp(path === null ? undefined : { FIRSTTOKEN_CONFIG: path })
    if ('problems' in app) return { problem: app.problems.join('\n') }
    const subcommand = ofFile[asked]
    try {
      const answer = subcommand === undefined ? await exported(app) : await answerOf(subcommand, app, prune)
      if ('problem' in answer) return answer
      stdout.write(json ? `${toJsonText(answer.document, 2)}\n` : answer.text)
      return answer.code ?? exitCode.ok
    } catch (error) {
      return storeRefusal(error, app.log)
    }
  },
})

function answerOf(subcommand: Subcommand, app: App, prune: boolean) {
  const { file } = app
  if (file === null)
    return { problem: 'there is no firsttoken.yaml here: FIRSTTOKEN_CONFIG or --file names one' }
  const wrong = wrongNames(file, app.env)
  return wrong.length > 0 ? { problem: wrong.join('\n') } : subcommand(file, app, prune)
}

const exported = (app: App): Promise<Answer> =>
  withStore(app.store.open, async (store) => {
    const state = await store.readConfig()
    return { document: state, text: exportConfig(state) }
  })
