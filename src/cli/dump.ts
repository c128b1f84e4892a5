import { readFile, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { exitCode } from './app.ts'
import { type Command, defineCommand } from './command.ts'
import { yes } from './flags.ts'

/** A file of the repository that is generated. */
interface Generated {
  /** The name of the command that writes it. */
  name: string
  path: string
  /** What it is generated from, for people. */
  source: string
  textOf: () => string
}

/** A command that writes a generated file, or checks that it is up to date. */
export const dumpCommand = ({ name, path, source, textOf }: Generated): Command =>
  defineCommand({
    name,
    help: `Write ${path} from ${source}.

Usage: pnpm tsx scripts/${name}.ts [--check]

  --check               only compare, and fail if they differ
  --help                this text

Exit codes: 0 written, or up to date, 1 out of date, 2 bad usage.
`,
    flags: z.object({ check: yes }),
    needs: 'nothing',
    run: async ({ check }) => {
      const text = textOf()
      if (!check) await writeFile(path, text)
      else if ((await readFile(path, 'utf8')) !== text)
        return {
          problem: `${path} is out of date: run pnpm tsx scripts/${name}.ts`,
          code: exitCode.allFailed,
        }
      return exitCode.ok
    },
  })
