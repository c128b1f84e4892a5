import { z } from 'zod'
import { noteStates } from '../core/status.ts'
import { names, oneOf, whole, words, yes } from './flags.ts'
import { askedIn, misfitOf, type Subcommands } from './subcommands.ts'

/** The help text of `status`. */
export const statusHelp = `Tell everybody something on the public status page; show what is on it.

Usage: pnpm tsx scripts/status.ts list [--limit N] [--json]
       pnpm tsx scripts/status.ts note --title TITLE --body TEXT [--state STATE] [--components KEYS] [--by NAME]
       pnpm tsx scripts/status.ts note --incident ID --body TEXT [--state STATE] [--components KEYS] [--by NAME]
       pnpm tsx scripts/status.ts delete NOTE [--json]

  list      the components that the page can show, with their keys, and the latest notes
  note      writes a note: with a title of its own, on an incident, or on an earlier note
  delete    takes a note back, with those that are on it. The end of its id is enough

  --title TITLE      what it is called, up to 200 characters
  --body TEXT        what everybody reads, up to 2,000 characters: plain text, without links
  --state STATE      investigating (default), identified, monitoring or resolved, which ends it
  --components KEYS  what it is about, separated by commas: openai/gpt-5,groq/llama-3-1-8b
  --incident ID      an incident of alerts.ts list, or an earlier note. The end of its id is enough
  --limit N          notes at most (default 50)
  --by NAME          who writes it, which is not shown (default USER, else "command line")
  --json             one JSON document on stdout, nothing else
  --help             this text

Exit codes: 0 done, 2 bad usage or configuration, 3 the database could not be reached.
`

/** What each subcommand takes besides --json: a name, and flags. */
const commands = {
  list: { takes: null, flags: ['limit'] },
  note: { takes: null, flags: ['title', 'body', 'state', 'components', 'incident', 'by'] },
  delete: { takes: 'a note', flags: [] },
} as const satisfies Subcommands<string>

/** A subcommand of `status`. */
export type StatusCommand = keyof typeof commands

const filled = (most: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(most, `must have at most ${most} characters`)
    .nullable()
    .default(null)

/** The flags of `status`. */
export const statusFlags = z
  .object({
    words: words.transform((given) => given.map((word) => word.trim())),
    title: filled(200),
    body: filled(2000),
    state: oneOf(noteStates).nullable().default(null),
    components: names,
    incident: filled(36),
    limit: whole(1, 200).nullable().default(null),
    by: filled(200),
    json: yes,
  })
  .superRefine((flags, context) => {
    const problem = contradiction(flags)
    if (problem !== null) context.addIssue(problem)
  })
type Flags = z.output<typeof statusFlags>

/** The subcommand of flags, and what it is for. */
export const statusAsked = ({ words: given }: Flags) => askedIn(commands, given)

const contradiction = (flags: Flags): string | null =>
  misfitOf(commands, flags) ?? (flags.words[0] === 'note' ? lackOf(flags) : null)

/** What a note lacks. */
function lackOf({ title, body, incident }: Flags): string | null {
  if (body === null) return 'note needs --body TEXT'
  return title === null && incident === null
    ? 'note needs --title TITLE, or --incident ID if it goes on with something'
    : null
}
