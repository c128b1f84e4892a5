/** The URL of a Postgres in a form that `new URL` takes, or why it is none, without a secret. */
export type DatabaseUrl = { url: string } | { problem: string }

const like = 'must be like postgres://user:password@host:5432/database'

/**
 * Reads the URL of a Postgres as psql does; a host may be left out (`postgres://user@/db?host=/cloudsql/...`).
 * A problem is the rest of a sentence that names the variable. Refused is what would be taken for something
 * else: unescaped, a part of the password would be parsed as a host or a path, and shown.
 */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  if (/^https?:/i.test(text)) return { problem: `${like}; an https URL of Supabase belongs in SUPABASE_URL` }
  const url = withHost(text)
  if (url === null) return { problem: like }
  const problem = misreading(url) ?? (URL.canParse(url) ? null : like)
  if (problem !== null) return { problem }
  const port = new URL(url).searchParams.get('port')
  // With another the driver would wait for ever.
  if (port !== null && !isPort(port)) return { problem: 'has a port that is no number from 1 to 65535' }
  const part = undecodable(new URL(url))
  if (part === null) return { url }
  return { problem: `has a % in the ${part} that begins no character: write %25 for the sign itself` }
}

const isPort = (text: string): boolean =>
  /^\d*$/.test(text) && Number(text || 5432) > 0 && Number(text) < 2 ** 16

/** The text with a host where it leaves it out; null if it does not begin like the URL of a Postgres. */
const withHost = (text: string): string | null =>
  /^postgres(ql)?:\/\//i.test(text) ? text.replace(/^(\w+:\/\/[^/?#]*@)(?=[:/?]|$)/, '$1localhost') : null

/** What would be taken for something else. */
function misreading(url: string): string | null {
  if (url.includes('#')) return 'has a # in it: write %23 in the password'
  if (URL.canParse(url) && isSplit(new URL(url)))
    return 'has a / or ? in the password: write %2F or %3F there'
  const host = /^\w+:\/\/(?:[^/?]*@)?([^/?]*)/.exec(url)?.[1] ?? ''
  return host.includes(',') || /[?&]host(addr)?=[^&]*(,|%2c)/i.test(url)
    ? 'names several hosts: write the one that takes writes'
    : null
}

/**
 * Whether the user and half of the password were taken for host and port: what ends them stands further on.
 */
const isSplit = ({ pathname, search }: URL): boolean => pathname.includes('@') || /^\?[^=&]*@/.test(search)

/** The part whose percent-encoding is none, by the name that people call it. */
function undecodable({ username, password, hostname, pathname }: URL): string | null {
  const parts = { user: username, password, host: hostname, 'name of the database': pathname }
  const wrong = Object.entries(parts).find(([, text]) => {
    try {
      decodeURIComponent(text)
      return false
    } catch {
      return true
    }
  })
  return wrong?.[0] ?? null
}

/** Where a database is, for people: its host and port, or the folder of its socket. */
export function placeOf(text: string): string {
  const url = new URL(text)
  return url.searchParams.get('host') ?? decodeURIComponent(url.host)
}
