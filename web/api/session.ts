import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ApiProblem, send } from './client.ts'
import { tellSession } from './live.ts'
import { sessionQuery } from './queries.ts'

/** The token in the link of the first start, `#token=...`, which leaves the address bar and the history at once. */
export function takeToken(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token !== null) history.replaceState(null, '', location.pathname + location.search)
  return token
}

/** A token becomes a cookie that no script can read; everything is read again. Rejects with ApiProblem. */
export async function signIn(queries: QueryClient, token: string): Promise<void> {
  const session = await send('POST', '/api/v1/session', { body: { token } })
  // An answer to what was asked before would say that nobody is signed in.
  await queries.cancelQueries({ queryKey: sessionQuery.queryKey })
  queries.setQueryData(sessionQuery.queryKey, session)
  tellSession()
  await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] })
}

/** Signs in, and out. */
export function useSession() {
  const queries = useQueryClient()
  const { data } = useQuery(sessionQuery)
  const entering = useMutation<void, ApiProblem, string>({ mutationFn: (token) => signIn(queries, token) })
  const leaving = useMutation({
    mutationFn: () => send('DELETE', '/api/v1/session'),
    // What was read with the token does not stay.
    onSuccess: () => {
      tellSession()
      return queries.resetQueries()
    },
  })
  return {
    /** Null until it is known. */
    grant: data?.grant ?? null,
    isAdmin: data?.grant === 'admin',
    entering,
    signOut: () => leaving.mutate(),
  }
}
