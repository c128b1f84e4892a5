import { z } from 'zod'
import { mostLanes, usualLanes } from '../core/fleet.ts'
import { capacityFlags } from './fleet-capacity.ts'
import { text, words, yes } from './flags.ts'
import { misfitOf, type Subcommands } from './subcommands.ts'

/** The help text of `fleet`. */
export const fleetHelp = `Show the fleet, how many calls of a provider it may have in flight, and what a wider schedule would take.

Usage: pnpm tsx scripts/fleet.ts [status] [--region NAME] [--json]
       pnpm tsx scripts/fleet.ts lanes PROVIDER N [--json]
       pnpm tsx scripts/fleet.ts lanes PROVIDER default [--json]
       pnpm tsx scripts/fleet.ts capacity [--targets N] [--regions N] [--every TIME] [--json]

  status  workers by region with their load and lag, what is due, how late it is, which lanes are in use, what was
          skipped and why
  lanes   how many calls of a provider each region may have in flight, from 1 to ${mostLanes} (default: ${usualLanes})

  capacity  calls in flight, lanes, workers, room in the database and what providers charge: of the schedule, by its active
          targets with their prices and paces, or if it had so many targets and regions, and slots so far apart

  --region NAME  this region alone
  --targets N, --regions N  as if there were so many: targets that are not there yet are like those that are
  --every TIME   as if slots were so far apart: 15m, 1h
  --json         one JSON document on stdout, nothing else
  --help         this text

Exit codes: 0 done, 2 bad usage or configuration, 3 the database could not be reached.
`

/** What each subcommand takes besides --json. */
const commands = {
  status: { takes: null, flags: ['region'] },
  lanes: { takes: ['a provider', `a number from 1 to ${mostLanes}, or default`], flags: [] },
  capacity: { takes: null, flags: ['targets', 'regions', 'every'] },
} as const satisfies Subcommands<string>

/** A subcommand of `fleet`. */
export type FleetCommand = keyof typeof commands

/** The flags of `fleet`. */
export const fleetFlags = z
  .object({
    words: words.transform((given) => (given.length === 0 ? ['status'] : given.map((word) => word.trim()))),
    region: text,
    ...capacityFlags,
    json: yes,
  })
  .superRefine((flags, context) => {
    const problem = misfitOf(commands, flags) ?? lanesProblem(flags.words)
    if (problem !== null) context.addIssue(problem)
  })
type Flags = z.output<typeof fleetFlags>

/** The subcommand of flags; of `lanes`, whose and how many: null as usual. */
export function fleetAsked({ words: [name, provider = '', lanes = ''] }: Flags) {
  const command: FleetCommand = name === 'lanes' || name === 'capacity' ? name : 'status'
  return { command, provider, lanes: lanes === 'default' ? null : Number(lanes) }
}

function lanesProblem([name, , lanes = '']: readonly string[]): string | null {
  const isKnown =
    lanes === 'default' || (/^\d{1,2}$/.test(lanes) && Number(lanes) >= 1 && Number(lanes) <= mostLanes)
  return name !== 'lanes' || isKnown
    ? null
    : `lanes needs ${commands.lanes.takes.join(' and ')}, not ${lanes}`
}
