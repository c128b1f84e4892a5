import { parseArgs } from 'node:util'
import { makeFolder, removeFolder } from '../test/support/command.ts'
import { printBench } from './goals.ts'
import { compare } from './lab/compare.ts'
import { lateness } from './lab/lateness.ts'
import type { Found, Part } from './lab/part.ts'
import { pause } from './lab/pause.ts'
import { peers } from './lab/peers.ts'
import { queue } from './lab/queue.ts'
import { streams } from './lab/streams.ts'

// The load lab, part by part (`--part NAME`, all without): whether a sweep sees a queue as it is, how many streams a process
// measures, how late it sends, whether it sees a pause, how often a comparison errs, and what other tools say of the same server. `--short` is to see that the parts
// work. Judge them on a quiet machine.
const parts: Record<string, { name: string; part: Part }> = {
  queue: { name: 'a queue as a sweep sees it', part: queue },
  streams: { name: 'many streams in one process', part: streams },
  lateness: { name: 'when requests are sent, and when this machine is the limit', part: lateness },
  pause: { name: 'a server that stands still for a second', part: pause },
  peers: { name: 'other tools at the same load', part: peers },
  compare: { name: 'two runs of one server, and of a slower one', part: compare },
}

const { values } = parseArgs({
  options: { part: { type: 'string' }, short: { type: 'boolean' }, json: { type: 'boolean' } },
})
const { part: asked, short = false, json = false } = values
const chosen = Object.entries(parts).filter(([name]) => asked === undefined || name === asked)
if (chosen.length === 0) throw new Error(`--part must be one of ${Object.keys(parts).join(', ')}`)
const all: Found = { figures: [], goals: [] }
for (const [id, { name, part }] of chosen) {
  // Each has a database of its own, which no other part fills.
  const cwd = makeFolder()
  try {
    const found = await part({ cwd, short })
    if (!json) printBench({ name, ...found })
    all.figures.push(...found.figures.map((figure) => ({ part: id, ...figure })))
    all.goals.push(...found.goals)
  } finally {
    removeFolder(cwd)
  }
}
if (json) printBench({ name: 'load lab', ...all })
