import { readFile, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { exitCode } from './exit-code.ts'
import { type Command, defineCommand } from './command.ts'
import { yes } from './flags.ts'

/** Files of the repository that are generated, in whole or in part. */
interface Generated {
  /** The name of the command that writes them. */
  name: string
  /** What they are generated from, for people. */
  source: string
  /** The text that each file should have, from the one it has. */
  files: Readonly<Record<string, (current: string) => string>>
}

/** A command that writes generated files, or checks that they are up to date. */
export const dumpCommand = ({ name, source, files }: Generated): Command =>
  defineCommand({
    name,
    help: `Write ${Object.keys(files).join(', ')} from ${source}.

Usage: pnpm tsx scripts/${name}.ts [--check]

  --check               only compare, and fail if they differ
  --help                this text

Exit codes: 0 written, or up to date, 1 out of date, 2 bad usage.
`,
    flags: z.object({ check: yes }),
    needs: 'nothing',
    run: async ({ check }) => {
      const outdated: string[] = []
      for (const [path, update] of Object.entries(files)) {
        const current = await readFile(path, 'utf8')
        const updated = update(current)
        if (!check) await writeFile(path, updated)
        else if (current !== updated) outdated.push(path)
      }
      if (outdated.length === 0) return exitCode.ok
      return {
        problem: `${outdated.join(', ')}: out of date; run pnpm tsx scripts/${name}.ts`,
        code: exitCode.allFailed,
      }
    },
  })
