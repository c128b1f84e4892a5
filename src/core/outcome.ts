/** Whose fault a failed probe is. Only `provider` lowers uptime. */
export type FaultDomain = 'provider' | 'account' | 'config' | 'excluded' | 'self'

/**
 * One way a probe can fail. In its texts `{host}`, `{baseUrl}` and `{key}` (names of variables) and the
 * deadlines `{connect}`, `{firstToken}`, `{idle}` and `{total}` are filled in from the call.
 */
interface ErrorKindDefinition {
  fault: FaultDomain
  /** What happened, as the rest of a sentence. */
  what: string
  /** What to do next, as a sentence. */
  next: string
}

const later = 'Nothing to do here; if it lasts, see the status page of the provider.'

/**
 * Every way a probe can fail. Messages and the tables of the documents are made from this; a new kind is also
 * a migration, because the database checks the same list.
 */
export const errorKinds = {
  timeout_connect: {
    fault: 'provider',
    what: 'no usable connection to {host} within {connect}',
    next: 'Check the network and the base URL.',
  },
  timeout_first_token: { fault: 'provider', what: 'no token within {firstToken}', next: later },
  timeout_idle: { fault: 'provider', what: 'no further token for {idle}', next: later },
  timeout_total: {
    fault: 'provider',
    what: 'not finished within {total}',
    next: 'Ask for fewer tokens, or allow more time.',
  },
  dns: {
    fault: 'provider',
    what: 'the name {host} was not resolved',
    next: 'Check {baseUrl} and the network.',
  },
  connect: {
    fault: 'provider',
    what: '{host} could not be reached',
    next: 'Check {baseUrl}, the network and its proxy.',
  },
  tls: {
    fault: 'provider',
    what: 'no TLS connection to {host}',
    next: 'Check that {baseUrl} is an https address with a valid certificate.',
  },
  reset: { fault: 'provider', what: 'the connection was broken', next: later },
  truncated: {
    fault: 'provider',
    what: 'the stream ended with neither a finish reason nor [DONE]',
    next: later,
  },
  malformed: {
    fault: 'provider',
    what: 'the answer is no valid stream of chat completion chunks',
    next: 'Check {baseUrl}.',
  },
  empty: { fault: 'provider', what: 'the stream brought no text, reasoning or tool call', next: later },
  error_in_stream: { fault: 'provider', what: 'an error was reported inside the answer', next: later },
  overloaded: { fault: 'provider', what: 'the provider has no capacity', next: later },
  server_error: { fault: 'provider', what: 'the provider failed', next: later },
  auth: { fault: 'account', what: 'the key was refused', next: 'Check {key}.' },
  quota: {
    fault: 'account',
    what: 'the account has no quota or balance left',
    next: 'Check its billing.',
  },
  rate_limited: {
    fault: 'account',
    what: 'the rate limit of the account was reached',
    next: 'Benchmark less often, or raise the limit.',
  },
  model_not_found: {
    fault: 'config',
    what: 'the provider does not offer this model to this key',
    next: 'Choose one that it lists.',
  },
  bad_request: {
    fault: 'config',
    what: 'the request was refused',
    next: 'Check {baseUrl} and the parameters of the target.',
  },
  context_exceeded: {
    fault: 'config',
    what: 'the prompt is longer than the model takes',
    next: 'Use a shorter prompt.',
  },
  budget_exhausted: {
    fault: 'config',
    what: 'reasoning used up all output tokens before an answer',
    next: 'Raise the maximum of tokens, or turn reasoning down.',
  },
  content_filter: {
    fault: 'excluded',
    what: 'a content filter stopped the answer',
    next: 'Use another prompt.',
  },
  aborted: { fault: 'self', what: 'stopped by a person', next: 'Run it again.' },
  self: {
    fault: 'self',
    what: 'the request could not be made',
    next: 'Check the proxy, if there is one, and the key and the base URL for stray characters.',
  },
} as const satisfies Record<string, ErrorKindDefinition>

/** What went wrong with a probe. */
export type ErrorKind = keyof typeof errorKinds

/** Whose fault each kind is. */
export const faultDomains = Object.fromEntries(
  Object.entries(errorKinds).map(([kind, { fault }]) => [kind, fault]),
) as Record<ErrorKind, FaultDomain>

/** An expected failure, as a value. The message says what happened and to what, and never holds a key. */
export interface Failure {
  kind: ErrorKind
  message: string
}
