import { parseArgs } from 'node:util'
import { makeFolder, removeFolder } from '../test/support/command.ts'
import { type Goal, printBench } from './goals.ts'

/** What a part of a bench found. */
export interface Found {
  figures: Record<string, unknown>[]
  goals: Goal[]
}

/** How a part is made. */
export interface Setting {
  /** A folder of its own, for its databases or the commands that it starts. */
  cwd: string
  /** A few seconds, to see that it works: its figures say little. */
  short: boolean
  /** Tells how far it is. */
  say: (line: string) => void
}

/** A part of a bench. */
export type Part = (setting: Setting) => Promise<Found>

/** What a part is called, and how its figures are shown to people if not as they are. */
interface Named {
  name: string
  part: Part
  shown?: (figures: Found['figures']) => Found['figures']
}

/** Makes a bench part by part (`--part NAME`, all without), `--short` or whole, and prints each, or all as one document with `--json`. */
export async function runParts(bench: string, parts: Readonly<Record<string, Named>>): Promise<void> {
  const { values } = parseArgs({
    options: { part: { type: 'string' }, short: { type: 'boolean' }, json: { type: 'boolean' } },
  })
  const { part: asked, short = false, json = false } = values
  const chosen = Object.entries(parts).filter(([name]) => asked === undefined || name === asked)
  if (chosen.length === 0) throw new Error(`--part must be one of ${Object.keys(parts).join(', ')}`)
  const all: Found = { figures: [], goals: [] }
  for (const [id, { name, part, shown }] of chosen) {
    const cwd = makeFolder()
    try {
      const { figures, goals } = await part({ cwd, short, say: (line) => process.stderr.write(`${line}\n`) })
      if (!json) printBench({ name, figures: shown?.(figures) ?? figures, goals })
      all.figures.push(...figures.map((figure) => ({ part: id, ...figure })))
      all.goals.push(...goals)
    } finally {
      removeFolder(cwd)
    }
  }
  if (json) printBench({ name: bench, ...all })
}
