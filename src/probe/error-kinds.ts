import { lookUp } from '../core/json.ts'
import type { ErrorKind } from '../core/outcome.ts'
import type { ProviderError } from './provider-error.ts'

/** Codes and types with a known meaning, whatever the status. Lower case. */
const named: Readonly<Record<string, ErrorKind>> = {
  insufficient_quota: 'quota',
  exceeded_current_quota_error: 'quota',
  billing_hard_limit_reached: 'quota',
  billing_not_active: 'quota',
  billing_error: 'quota',
  payment_required: 'quota',
  insufficient_balance: 'quota',
  rate_limit_exceeded: 'rate_limited',
  rate_limit_error: 'rate_limited',
  rate_limit_reached_error: 'rate_limited',
  ratelimitreached: 'rate_limited',
  resource_exhausted: 'rate_limited',
  invalid_api_key: 'auth',
  authentication_error: 'auth',
  permission_error: 'auth',
  permission_denied: 'auth',
  unauthenticated: 'auth',
  model_not_found: 'model_not_found',
  model_not_available: 'model_not_found',
  model_decommissioned: 'model_not_found',
  deploymentnotfound: 'model_not_found',
  context_length_exceeded: 'context_exceeded',
  exceed_context_size_error: 'context_exceeded',
  too_many_prompt_tokens: 'context_exceeded',
  string_above_max_length: 'context_exceeded',
  not_supported_error: 'bad_request',
  content_filter: 'content_filter',
  content_policy_violation: 'content_filter',
  responsibleaipolicyviolation: 'content_filter',
  data_inspection_failed: 'content_filter',
  moderation_blocked: 'content_filter',
  prohibited_content: 'content_filter',
  overloaded_error: 'overloaded',
  engine_overloaded_error: 'overloaded',
  capacity_exceeded: 'overloaded',
  provider_overloaded: 'overloaded',
  provider_unavailable: 'overloaded',
}

/** Zhipu's `error.code`. */
const zhipu: Readonly<Record<string, ErrorKind>> = {
  1113: 'quota',
  1210: 'bad_request',
  1211: 'model_not_found',
  1261: 'context_exceeded',
  1301: 'content_filter',
  1302: 'rate_limited',
  1303: 'rate_limited',
  1304: 'quota',
  1305: 'overloaded',
  1308: 'quota',
}

/** MiniMax's `base_resp.status_code`, sent with HTTP 200. */
const minimax: Readonly<Record<string, ErrorKind>> = {
  1000: 'server_error',
  1001: 'server_error',
  1002: 'rate_limited',
  1004: 'auth',
  1008: 'quota',
  1013: 'server_error',
  1026: 'content_filter',
  1027: 'content_filter',
  1039: 'rate_limited',
  2013: 'bad_request',
  2049: 'auth',
  2056: 'quota',
  2061: 'model_not_found',
}

/** What the words of a code, type or message mean, most reliable first. */
const worded = {
  context_exceeded:
    /context (length|window|size)|(prompt|input|messages?) (is|are) too long|too many (input |prompt )?tokens|max_new_tokens.{0,10} must be|reduce the length/i,
  quota:
    /insufficient (balance|quota|credit|fund)|exceeded your current quota|credit balance|(not enough|more|out of) credits|account.{0,20}(suspended|arrears)/i,
  model_not_found:
    /model((?!parameter|argument).){0,120}(not found|does(n't| not) exist|(not|no longer) (available|supported for)|has been (deprecated|decommissioned|retired|shut down))|not a valid model|(invalid|unknown|no such) model|not support model|no (endpoints found|allowed providers)|not_found_error.*\bmodel/i,
  auth: /(invalid|incorrect|missing|expired|wrong)[^.]{0,30}(api[ _-]?key|credential|authentication)|api[ _-]?key[^.]{0,20}(invalid|not valid|expired)/i,
  // Something was filtered; not just the word in a list of allowed values.
  content_filter:
    /was (flagged|filtered)|flagged by|(flagged|blocked|rejected|stopped) (by|due to|for|as)[^.]{0,60}(content|safety|moderation|usage polic)|(violat\w+|triggering)[^.]{0,60}(content|usage|safety)[^.]{0,30}(polic(y|ies)|guidelines|filter)|content (violates|exists risk)|inappropriate content/i,
  overloaded: /overloaded|at capacity/i,
  rate_limited: /rate.?limit|too many requests|(tokens|requests) per (second|minute|hour|day)/i,
} as const satisfies Partial<Record<ErrorKind, RegExp>>
type Worded = keyof typeof worded

/**
 * The kinds that words may mean with a status. A gateway's prose about models, keys or limits is not about
 * ours: a 5xx is the server's own fault. A 429 is about a rate unless it only mentions money.
 */
function meanings(status: number): readonly Worded[] {
  if (status >= 500) return ['overloaded']
  if (status === 429) return ['rate_limited', 'quota', 'overloaded']
  if (status === 401) return ['quota', 'auth']
  return Object.keys(worded) as Worded[]
}

/**
 * 498 is Groq's "flex tier is full", 529 means overloaded at Anthropic and OpenRouter; 408 is a server that
 * waited for another.
 */
const byStatus: Readonly<Record<number, ErrorKind>> = {
  401: 'auth',
  402: 'quota',
  403: 'auth',
  408: 'server_error',
  429: 'rate_limited',
  498: 'overloaded',
  503: 'overloaded',
  529: 'overloaded',
}

/** The kind of a reported error: by its code or type, else by its words, else by the status. */
export function kindOf(httpStatus: number, error: ProviderError | null): ErrorKind {
  if (error === null) return kindOfStatus(httpStatus)
  const status = statusIn(error.code) ?? httpStatus
  // Links do not say what happened.
  const words = [error.code, error.type, error.message].join(' ').replaceAll(/https?:\S+/g, '')
  return (
    kindOfCode(error) ?? meanings(status).find((kind) => worded[kind].test(words)) ?? kindOfStatus(status)
  )
}

function kindOfCode({ code, type }: ProviderError): ErrorKind | null {
  const numbered = type === 'base_resp' ? minimax : zhipu
  return (
    lookUp(numbered, code) ?? lookUp(named, code?.toLowerCase()) ?? lookUp(named, type?.toLowerCase()) ?? null
  )
}

/** A redirect is a bad request too: the base URL is wrong. */
const kindOfStatus = (status: number): ErrorKind =>
  byStatus[status] ?? (status >= 500 ? 'server_error' : 'bad_request')

/** A code that is an HTTP status, as routers send it. */
const statusIn = (code: string | null): number | null => (/^[45]\d\d$/.test(code ?? '') ? Number(code) : null)
