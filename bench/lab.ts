import { compare } from './lab/compare.ts'
import { lateness } from './lab/lateness.ts'
import { pause } from './lab/pause.ts'
import { peers } from './lab/peers.ts'
import { queue } from './lab/queue.ts'
import { streams } from './lab/streams.ts'
import { runParts } from './parts.ts'

// The load lab, part by part (`--part NAME`, all without): whether a sweep sees a queue as it is, how many streams a process
// measures, how late it sends, whether it sees a pause, how often a comparison errs, and what other tools say of the same server. `--short` is to see that the parts
// work. Judge them on a quiet machine.
await runParts('load lab', {
  queue: { name: 'a queue as a sweep sees it', part: queue },
  streams: { name: 'many streams in one process', part: streams },
  lateness: { name: 'when requests are sent, and when this machine is the limit', part: lateness },
  pause: { name: 'a server that stands still for a second', part: pause },
  peers: { name: 'other tools at the same load', part: peers },
  compare: { name: 'two runs of one server, and of a slower one', part: compare },
})
