import { z } from 'zod'
import { mondayOf } from '../core/week.ts'
import { whole, words, yes } from './flags.ts'
import { askedIn, misfitOf, type Subcommands } from './subcommands.ts'

/** The help text of `alerts`. */
export const alertsHelp = `Show incidents and who was told of them; act on one; send a test, or what changed in a week.

Usage: pnpm tsx scripts/alerts.ts list [--all] [--limit N] [--json]
       pnpm tsx scripts/alerts.ts show INCIDENT [--json]
       pnpm tsx scripts/alerts.ts ack INCIDENT [--note TEXT] [--by NAME]
       pnpm tsx scripts/alerts.ts note INCIDENT --note TEXT [--by NAME]
       pnpm tsx scripts/alerts.ts resolve INCIDENT [--note TEXT] [--by NAME]
       pnpm tsx scripts/alerts.ts channels [--json]
       pnpm tsx scripts/alerts.ts test CHANNEL
       pnpm tsx scripts/alerts.ts digest [--week WEEK] [--send CHANNEL] [--json]

  list      open incidents; --all includes those that are over
  show      one incident: why it opened, what happened to it, who was told. The end of its id is enough
  ack       somebody takes care of it: no more reminders
  note      adds a line to it
  resolve   ends it by hand: what was slow is then taken for usual
  channels  who is told, and what became of the last deliveries
  test      sends a test message by a channel now, and says what became of it
  digest    what changed in a week, in ten lines; --send sends it by a channel, too

  --limit N    incidents at most (default 50)
  --week WEEK  such as 2026-W48 (default the last one that is over)
  --by NAME    who acts (default USER, else "command line")
  --json       one JSON document on stdout, nothing else
  --help       this text

Exit codes: 0 done, 1 the test or the digest was not taken, 2 bad usage or configuration, 3 the database could not be reached.
`

/** What each subcommand takes besides --json: names, and flags. */
const commands = {
  list: { takes: null, flags: ['all', 'limit'] },
  show: { takes: 'an incident', flags: [] },
  ack: { takes: 'an incident', flags: ['note', 'by'] },
  note: { takes: 'an incident', flags: ['note', 'by'] },
  resolve: { takes: 'an incident', flags: ['note', 'by'] },
  channels: { takes: null, flags: [] },
  test: { takes: 'a channel', flags: [] },
  digest: { takes: null, flags: ['week', 'send'] },
} as const satisfies Subcommands<string>

/** A subcommand of `alerts`. */
export type AlertsCommand = keyof typeof commands

const filled = z.string().trim().min(1, 'must not be empty').nullable().default(null)

/** The flags of `alerts`. */
export const alertsFlags = z
  .object({
    words: words.transform((given) => given.map((word) => word.trim())),
    all: yes,
    limit: whole(1, 1000).nullable().default(null),
    note: filled,
    by: filled,
    week: filled.refine(
      (name) => name === null || mondayOf(name) !== null,
      'must be a week such as 2026-W48',
    ),
    send: filled,
    json: yes,
  })
  .superRefine((flags, context) => {
    const problem = contradiction(flags)
    if (problem !== null) context.addIssue(problem)
  })
type Flags = z.output<typeof alertsFlags>

/** The subcommand of flags, and what it is for. */
export const askedOf = ({ words: given }: Flags) => askedIn(commands, given)

const contradiction = (flags: Flags): string | null =>
  misfitOf(commands, flags) ??
  (flags.words[0] === 'note' && flags.note === null ? 'note needs --note TEXT' : null)
