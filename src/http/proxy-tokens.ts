import { z } from 'zod'
import { makeToken, nameProblem } from '../proxy/token.ts'
import { proxyTokenList, proxyTokenRow } from '../store/proxy-token-codec.ts'
import type { Api } from './api.ts'
import { maybe } from './page.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem-details.ts'

/** Tokens of the proxy's clients. */
export const proxyTokens = proxyTokenList

/** A token that was just made: the one answer that holds it. */
export const newProxyToken = proxyTokenRow
  .extend({
    /** What the client sends. It is not kept, and never shown again. */
    token: z.string(),
  })
  .meta({ id: 'NewProxyToken' })

const name = z
  .string()
  .trim()
  .check(({ value, issues }) => {
    const message = nameProblem(value)
    if (message !== null) issues.push({ code: 'custom', message, input: value })
  })

const requestsPerDay = z.int().min(1).max(1_000_000_000)
const usdPerDay = z.number().min(0.000_001).max(1_000_000)

const about = { tag: 'proxy' } as const

/** Proxy tokens: who may use the proxy, and how much. */
export function addProxyTokens(api: Api, parts: HttpParts): void {
  listTokens(api, parts)
  createToken(api, parts)
  limitToken(api, parts)
  revokeToken(api, parts)
}

const listTokens = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'get',
      path: '/proxy/tokens',
      access: 'admin',
      summary: 'Proxy tokens with their use today (UTC), those in force first',
      answer: proxyTokens,
    },
    async () => (await openStore()).listProxyTokens(),
  )

const createToken = (api: Api, { openStore, app }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'post',
      path: '/proxy/tokens',
      access: 'admin',
      summary: 'Make a token for a client of the proxy; this answer alone shows it',
      description:
        'Limits count by the day, which begins at midnight (UTC). What is left out is not limited.',
      body: z.strictObject({
        name,
        requests_per_day: maybe(requestsPerDay),
        usd_per_day: maybe(usdPerDay),
      }),
      answer: newProxyToken,
      status: 201,
    },
    async ({ body: { requests_per_day: requests, usd_per_day: usd, ...body } }) => {
      const { token, hash, hint } = makeToken()
      const asked = { id: app.uuid(), ...body, hash, hint, requestsPerDay: requests, usdPerDay: usd }
      const made = await (await openStore()).createProxyToken(asked)
      return made.created
        ? { ...made.token, token }
        : refuse(
            'conflict',
            `another token has the name ${asked.name}: revoke that one first, or choose another name`,
          )
    },
  )

const limitToken = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'patch',
      path: '/proxy/tokens/{id}',
      access: 'admin',
      summary: 'Change the limits of a proxy token, which what was used today counts against',
      description: 'A limit that is left out stays, and null lifts it. It holds within five seconds.',
      params: { id: z.uuid() },
      body: z
        .strictObject({
          requests_per_day: requestsPerDay.nullable().exactOptional(),
          usd_per_day: usdPerDay.nullable().exactOptional(),
        })
        .refine((body) => Object.keys(body).length > 0, {
          error: 'must have requests_per_day or usd_per_day',
        }),
      answer: proxyTokenRow,
    },
    async ({ params: { id }, body: { requests_per_day: requests, usd_per_day: usd } }) => {
      const { token } = await (
        await openStore()
      ).limitProxyToken({
        id,
        ...(requests !== undefined && { requestsPerDay: requests }),
        ...(usd !== undefined && { usdPerDay: usd }),
      })
      return token ?? refuse('not_found', `there is no proxy token ${id} in force`)
    },
  )

const revokeToken = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'delete',
      path: '/proxy/tokens/{id}',
      access: 'admin',
      summary: 'Revoke a proxy token: within five seconds it opens nothing more',
      params: { id: z.uuid() },
    },
    async ({ params }) => {
      const { revoked } = await (await openStore()).revokeProxyToken(params)
      return revoked ? null : refuse('not_found', `there is no proxy token ${params.id}`)
    },
  )
