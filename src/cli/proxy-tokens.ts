import { toJsonText } from '../core/json.ts'
import type { App } from '../jobs/app.ts'
import { makeToken, nameProblem } from '../proxy/token.ts'
import { type Column, formatTable, formatUsd, printable } from '../report/format.ts'
import { minuteOf } from '../report/incidents.ts'
import type { Store } from '../store/store.ts'
import { defineCommand } from './command.ts'
import { exitCode } from './exit-code.ts'
import {
  proxyTokensAsked,
  type ProxyTokensCommand,
  proxyTokensFlags,
  proxyTokensHelp,
} from './proxy-tokens-flags.ts'

/** What a subcommand shows, `note` beside it on stderr; or why it failed. */
type Done = { document: unknown; text: string; note?: string } | { problem: string }

/** Limits as they are given; null: not at all. */
interface Asked {
  what: string
  requestsPerDay: number | 'none' | null
  usdPerDay: number | 'none' | null
}

const limitOf = (given: number | 'none' | null): number | null => (given === 'none' ? null : given)

type Subcommand = (asked: Asked, parts: { store: Store; app: App }) => Promise<Done>

const columns: Column[] = ['NAME', 'ENDS IN', 'REQUESTS TODAY', 'COST TODAY', 'LAST USED (UTC)', 'STATE'].map(
  (title) => ({ title, align: title.endsWith('TODAY') ? 'right' : 'left' }),
)

const list: Subcommand = async (_, { store }) => {
  const { rows } = await store.listProxyTokens()
  const lines = rows.map((row) => [
    printable(row.name),
    row.hint,
    limited(String(row.requests_today), row.requests_per_day),
    limited(formatUsd(row.usd_today), row.usd_per_day === null ? null : formatUsd(row.usd_per_day)),
    row.last_used_at === null ? 'never' : minuteOf(row.last_used_at),
    row.revoked_at === null ? 'in force' : `revoked ${minuteOf(row.revoked_at)}`,
  ])
  return {
    document: { tokens: rows },
    text: lines.length === 0 ? 'there is no token: create makes one' : formatTable(columns, lines),
  }
}

const limited = (used: string, limit: string | number | null): string =>
  limit === null ? used : `${used} of ${limit}`

const create: Subcommand = async ({ what: name, ...given }, { store, app }) => {
  const { token, hash, hint } = makeToken()
  const limits = { requestsPerDay: limitOf(given.requestsPerDay), usdPerDay: limitOf(given.usdPerDay) }
  const made = await store.createProxyToken({ id: app.uuid(), name, hash, hint, ...limits })
  return made.created
    ? {
        document: { token: { ...made.token, token } },
        text: token,
        note: `this is the token of ${printable(name)}: keep it now, it is never shown again`,
      }
    : { problem: `another token has the name ${name}: revoke that one first, or choose another name` }
}

const limit: Subcommand = async ({ what: name, requestsPerDay, usdPerDay }, { store }) => {
  const found = await inForce(name, store)
  const { token } =
    found === undefined
      ? { token: null }
      : await store.limitProxyToken({
          id: found.id,
          ...(requestsPerDay !== null && { requestsPerDay: limitOf(requestsPerDay) }),
          ...(usdPerDay !== null && { usdPerDay: limitOf(usdPerDay) }),
        })
  if (token === null) return missing(name)
  const { requests_per_day: requests, usd_per_day: usd } = token
  const limits = `${requests ?? 'any number of'} requests and ${usd === null ? 'any cost' : formatUsd(usd)} a day`
  return { document: { token }, text: `the token of ${printable(name)} is for ${limits}` }
}

const revoke: Subcommand = async ({ what: name }, { store }) => {
  const found = await inForce(name, store)
  if (found === undefined) return missing(name)
  await store.revokeProxyToken({ id: found.id })
  return { document: { revoked: found.id }, text: `the token of ${printable(name)} is revoked` }
}

const inForce = async (name: string, store: Store) =>
  (await store.listProxyTokens()).rows.find((row) => row.name === name && row.revoked_at === null)

const missing = (name: string) => ({ problem: `no token in force has the name ${name}: list shows them` })

const commands: Readonly<Record<ProxyTokensCommand, Subcommand>> = { list, create, limit, revoke }

/** `proxy-tokens`: makes, lists, limits and revokes the tokens that open the proxy. */
export const proxyTokens = defineCommand({
  name: 'proxy-tokens',
  help: proxyTokensHelp,
  flags: proxyTokensFlags,
  needs: 'store',
  run: async (given, { app, store, streams }) => {
    const { command, what } = proxyTokensAsked(given)
    const problem = command === 'list' ? null : nameProblem(what)
    if (problem !== null) return { problem: `the name of a token ${problem}` }
    const done = await commands[command]({ ...given, what }, { store, app })
    if ('problem' in done) return done
    streams.stdout.write(given.json ? `${toJsonText(done.document, 2)}\n` : `${done.text}\n`)
    if (done.note !== undefined && !given.json) streams.stderr.write(`${done.note}\n`)
    return exitCode.ok
  },
})
