import { z } from 'zod'
import { decimal, whole, words, yes } from './flags.ts'
import { askedIn, misfitOf, type Subcommands } from './subcommands.ts'

/** The help text of `proxy-tokens`. */
export const proxyTokensHelp = `Make, list, limit and revoke the tokens that open the proxy to its clients.

Usage: pnpm tsx scripts/proxy-tokens.ts list [--json]
       pnpm tsx scripts/proxy-tokens.ts create NAME [--requests-per-day N] [--usd-per-day X] [--json]
       pnpm tsx scripts/proxy-tokens.ts limit NAME [--requests-per-day N] [--usd-per-day X] [--json]
       pnpm tsx scripts/proxy-tokens.ts revoke NAME [--json]

  list    tokens with their limits and their use today (UTC), those in force first
  create  a token for a client of this name, on stdout. It is not kept, and never shown again
  limit   gives the token of this name other limits; one that is left out stays. What was used today counts against them
  revoke  the token of this name: within five seconds it opens nothing more

  --requests-per-day N  requests at most, or none: as many as it likes (default of create)
  --usd-per-day X       what requests with a key of ours may cost, or none: as much as it likes (default of create)
  --json                one JSON document on stdout, nothing else
  --help                this text

Exit codes: 0 done, 2 bad usage or configuration, 3 the database could not be reached.
`

/** What each subcommand takes besides --json: a name, and flags. */
const commands = {
  list: { takes: null, flags: [] },
  create: { takes: 'a name', flags: ['requestsPerDay', 'usdPerDay'] },
  limit: { takes: 'a name', flags: ['requestsPerDay', 'usdPerDay'] },
  revoke: { takes: 'a name', flags: [] },
} as const satisfies Subcommands<string>

/** A subcommand of `proxy-tokens`. */
export type ProxyTokensCommand = keyof typeof commands

/** A limit, `none`, or null if the flag is not given. */
const orNone = (limit: z.ZodType<number, string>) =>
  z
    .string()
    .transform((text, context) => {
      if (text === 'none') return text
      const read = limit.safeParse(text)
      if (read.success) return read.data
      context.addIssue(`${read.error.issues[0]?.message}, or none`)
      return z.NEVER
    })
    .nullable()
    .default(null)

/** The flags of `proxy-tokens`. */
export const proxyTokensFlags = z
  .object({
    words: words.transform((given) => given.map((word) => word.trim())),
    requestsPerDay: orNone(whole(1, 1_000_000_000)),
    usdPerDay: orNone(decimal(0.000_001, 1_000_000)),
    json: yes,
  })
  .superRefine((flags, context) => {
    const problem = misfitOf(commands, flags)
    if (problem !== null) context.addIssue(problem)
    else if (flags.words[0] === 'limit' && flags.requestsPerDay === null && flags.usdPerDay === null)
      context.addIssue('limit needs --requests-per-day or --usd-per-day')
  })

/** The subcommand of flags, and what it is for. */
export const proxyTokensAsked = ({ words: given }: z.output<typeof proxyTokensFlags>) =>
  askedIn(commands, given)
