import type { Answer } from '../../api/client.ts'

export type ProxyToken = Answer<'GET /api/v1/proxy/tokens'>['rows'][number]

/** Limits as they were typed; an empty one is none. */
export interface TypedLimits {
  requests: string
  usd: string
}

/** A token as it was typed. */
export interface TypedToken extends TypedLimits {
  name: string
}

/** The limits of a token as they would be typed. */
export const typedLimits = ({
  requests_per_day: requests,
  usd_per_day: usd,
}: Pick<ProxyToken, 'requests_per_day' | 'usd_per_day'>): TypedLimits => ({
  requests: requests === null ? '' : String(requests),
  usd: usd === null ? '' : usd.toLocaleString('en-US', plain),
})

const plain = { useGrouping: false, maximumFractionDigits: 6 } as const

const isEmpty = (text: string): boolean => text.trim() === ''

/** What is wrong with a limit of requests; null if nothing is. */
export const requestsProblem = (text: string): string | null =>
  isEmpty(text) || (/^\d{1,9}$/.test(text.trim()) && Number(text) > 0) ? null : 'A whole number from 1'

/** What is wrong with a limit of USD; null if nothing is. */
export const usdProblem = (text: string): string | null =>
  isEmpty(text) || (/^\d{1,6}(\.\d{1,6})?$/.test(text.trim()) && Number(text) > 0)
    ? null
    : 'An amount above 0, such as 2.50'

/** Why a token cannot be made; null if it can. */
export function tokenProblem({ name, requests, usd }: TypedToken): string | null {
  return isEmpty(name) ? 'Give it a name' : limitsProblem({ requests, usd })
}

/** Why limits cannot be set; null if they can. */
export const limitsProblem = ({ requests, usd }: TypedLimits): string | null =>
  requestsProblem(requests) === null && usdProblem(usd) === null ? null : 'A limit is no number'

/** What the server is asked for. */
export const tokenBody = ({ name, requests, usd }: TypedToken) => ({
  name: name.trim(),
  ...(!isEmpty(requests) && { requests_per_day: Number(requests) }),
  ...(!isEmpty(usd) && { usd_per_day: Number(usd) }),
})

/** The limits that the server is asked for. */
export const limitsBody = ({ requests, usd }: TypedLimits) => ({
  requests_per_day: isEmpty(requests) ? null : Number(requests),
  usd_per_day: isEmpty(usd) ? null : Number(usd),
})
