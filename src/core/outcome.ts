/** Who is to blame for a failed probe. Only `provider` lowers uptime. */
export type FaultDomain = 'provider' | 'account' | 'config' | 'excluded' | 'self'

/** Every way a probe can fail, and whose fault it is. A new kind is also a migration: the database checks the same list. */
export const faultDomains = {
  timeout_connect: 'provider',
  timeout_first_token: 'provider',
  timeout_idle: 'provider',
  timeout_total: 'provider',
  dns: 'provider',
  connect: 'provider',
  tls: 'provider',
  reset: 'provider',
  truncated: 'provider',
  malformed: 'provider',
  empty: 'provider',
  error_in_stream: 'provider',
  overloaded: 'provider',
  server_error: 'provider',
  auth: 'account',
  quota: 'account',
  rate_limited: 'account',
  model_not_found: 'config',
  bad_request: 'config',
  context_exceeded: 'config',
  budget_exhausted: 'config',
  content_filter: 'excluded',
  aborted: 'self',
  self: 'self',
} as const satisfies Record<string, FaultDomain>

/** What went wrong with a probe. */
export type ErrorKind = keyof typeof faultDomains

/** An expected failure, as a value. The message says what happened and to what, and never holds a key. */
export interface Failure {
  kind: ErrorKind
  message: string
}
