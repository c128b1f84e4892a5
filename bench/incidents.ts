import { parseArgs } from 'node:util'
import { makeFolder, removeFolder } from '../test/support/command.ts'
import { printBench } from './goals.ts'
import { delivery } from './incidents/delivery.ts'
import { faults } from './incidents/faults.ts'
import { recording } from './incidents/recording.ts'
import type { Found, Part } from './incidents/part.ts'

// Incidents and alerts, part by part (`--part NAME`, all without). `--short` is to see that the parts work.
const parts: Record<string, { name: string; part: Part }> = {
  delivery: { name: 'how long channels wait to be told', part: delivery },
  recording: { name: 'what judging adds to recording', part: recording },
  faults: { name: 'every fault with every trouble: violations by fault and trouble', part: faults },
}

/** Figures with a column for each trouble, which are too many for their names: numbers, which are told before. */
function numbered(figures: Found['figures']): Found['figures'] {
  const names = Object.keys(figures[0] ?? {})
  for (const [number, name] of names.entries()) if (number > 0) process.stdout.write(`${number} ${name}\n`)
  return figures.map((figure) =>
    Object.fromEntries(names.map((name, number) => [number === 0 ? name : number, figure[name]])),
  )
}

const { values } = parseArgs({
  options: { part: { type: 'string' }, short: { type: 'boolean' }, json: { type: 'boolean' } },
})
const { part: asked, short = false, json = false } = values
const chosen = Object.entries(parts).filter(([name]) => asked === undefined || name === asked)
if (chosen.length === 0) throw new Error(`--part must be one of ${Object.keys(parts).join(', ')}`)
const all: Found = { figures: [], goals: [] }
for (const [id, { name, part }] of chosen) {
  const cwd = makeFolder()
  try {
    const found = await part({ cwd, short, say: (line) => process.stderr.write(`${line}\n`) })
    if (!json)
      printBench({ name, ...found, figures: id === 'faults' ? numbered(found.figures) : found.figures })
    all.figures.push(...found.figures.map((figure) => ({ part: id, ...figure })))
    all.goals.push(...found.goals)
  } finally {
    removeFolder(cwd)
  }
}
if (json) printBench({ name: 'incidents', ...all })
