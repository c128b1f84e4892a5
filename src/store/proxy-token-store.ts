import type { z } from 'zod'
import type * as tokens from './proxy-token-codec.ts'

type Answer<Schema extends z.ZodType> = Promise<z.output<Schema>>

/** A proxy token as it is kept. */
export interface ProxyTokenInput {
  /** Its own: the same again changes nothing. */
  id: string
  /** Up to 64 characters. Two that are in force have two names. */
  name: string
  /** SHA-256 of the token, in hex. */
  hash: string
  /** The last four characters of the token. */
  hint: string
  /** Limits of a day (UTC); null: none. */
  requestsPerDay: number | null
  usdPerDay: number | null
}

/** New limits of a token. One that is left out stays; null lifts it. */
interface ProxyTokenLimits extends Partial<Pick<ProxyTokenInput, 'requestsPerDay' | 'usdPerDay'>> {
  id: string
}

/** What a token is to pay for requests of one day. */
export interface Charge {
  tokenId: string
  /** The day (UTC) on which they were admitted. */
  day: string
  usd: number
}

/** Tokens of the proxy's clients. */
export interface ProxyTokenStore {
  /** `created` is false if another token that is in force has the name. */
  createProxyToken: (input: ProxyTokenInput) => Answer<typeof tokens.createdProxyToken>
  /** Every token, those in force first. */
  listProxyTokens: () => Answer<typeof tokens.proxyTokenList>
  /** Changes limits, which what was used today counts against; `token` is null if none in force has the id. */
  limitProxyToken: (input: ProxyTokenLimits) => Answer<typeof tokens.limitedProxyToken>
  /** The token opens nothing more, and stays in the list; `revoked` is false if there is none. */
  revokeProxyToken: (input: { id: string }) => Answer<typeof tokens.revokedProxyToken>
  /** Whether a token opens the proxy for one more request, which then counts: once per `requestId`. */
  admitProxyToken: (input: { hash: string; requestId: string }) => Answer<typeof tokens.admission>
  /** Adds what requests cost, once per `id`; `charged` counts the days of tokens that were charged. */
  chargeProxyTokens: (input: {
    id: string
    charges: readonly Charge[]
  }) => Answer<typeof tokens.chargedProxyTokens>
}
