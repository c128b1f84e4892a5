import type { Answer } from '../../api/client.ts'

export type ProxyToken = Answer<'GET /api/v1/proxy/tokens'>['rows'][number]

/** A token as it was typed; an empty limit is none. */
export interface TypedToken {
  name: string
  requests: string
  usd: string
}

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
  if (isEmpty(name)) return 'Give it a name'
  return requestsProblem(requests) === null && usdProblem(usd) === null ? null : 'A limit is no number'
}

/** What the server is asked for. */
export const tokenBody = ({ name, requests, usd }: TypedToken) => ({
  name: name.trim(),
  ...(!isEmpty(requests) && { requests_per_day: Number(requests) }),
  ...(!isEmpty(usd) && { usd_per_day: Number(usd) }),
})
