import { delivery } from './incidents/delivery.ts'
import { faults } from './incidents/faults.ts'
import { recording } from './incidents/recording.ts'
import { type Found, runParts } from './parts.ts'

// Incidents and alerts, part by part (`--part NAME`, all without). `--short` is to see that the parts work.

/** Figures with a column for each trouble, which are too many for their names: numbers, which are told before. */
function numbered(figures: Found['figures']): Found['figures'] {
  const names = Object.keys(figures[0] ?? {})
  for (const [number, name] of names.entries()) if (number > 0) process.stdout.write(`t${number} ${name}\n`)
  return figures.map((figure) =>
    Object.fromEntries(names.map((name, number) => [number === 0 ? name : `t${number}`, figure[name]])),
  )
}

await runParts('incidents', {
  delivery: { name: 'how long channels wait to be told', part: delivery },
  recording: { name: 'what judging adds to recording', part: recording },
  faults: {
    name: 'every fault with every trouble: violations by fault and trouble',
    part: faults,
    shown: numbered,
  },
})
