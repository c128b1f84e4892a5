import type { Refused } from './parts.ts'
import type { Admission } from './token-book.ts'

const howToSend = 'Authorization: Bearer ftp_..., or x-firsttoken-token: ftp_... beside a key of your own'

/** The refusals that say the same to everybody. */
export const refusals = {
  token_needed: {
    status: 401,
    code: 'token_needed',
    message: `More than its own machine can reach this proxy, so every request needs a proxy token: ${howToSend}.`,
  },
  credential_needed: {
    status: 401,
    code: 'credential_needed',
    message:
      'Send a proxy token or a key of the provider, which is passed on, as Authorization: Bearer KEY. The settings of the dashboard make tokens.',
  },
  token_unknown: {
    status: 401,
    code: 'token_unknown',
    message: 'This is no proxy token of this installation. The settings of the dashboard make one.',
  },
  token_revoked: {
    status: 401,
    code: 'token_revoked',
    message: 'This proxy token was revoked. Ask whoever gave it to you for another.',
  },
  token_misplaced: {
    status: 401,
    code: 'token_misplaced',
    message: `A proxy token in another header would be passed on to the provider. Send it as ${howToSend}.`,
  },
  tokens_unreadable: {
    status: 503,
    code: 'tokens_unreadable',
    message: 'The database does not answer, so no proxy token can be checked. Try again.',
    retryAfterS: 5,
  },
} as const satisfies Readonly<Record<string, Refused>>

/** Why the store refuses a request with a token. */
export function refusalOf(said: Exclude<Admission, { refused: null }>, now: Date): Refused {
  if (!('limit' in said)) return refusals[`token_${said.refused}`]
  const isOfRequests = said.refused === 'requests'
  const limit = isOfRequests ? `${said.limit} requests` : `requests for ${said.limit} USD`
  return {
    status: 429,
    code: isOfRequests ? 'requests_per_day' : 'usd_per_day',
    message: `This proxy token is for ${limit} a day, which are used up until ${said.resetsAt.toISOString()}.`,
    retryAfterS: Math.max(1, Math.ceil((said.resetsAt.getTime() - now.getTime()) / 1000)),
  }
}
