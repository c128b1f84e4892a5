import { isLocal } from './net/egress.ts'

/** Why a URL is not one that calls of a Supabase project may begin with, as the rest of a sentence; or null. */
export function projectProblem(url: URL): string | null {
  const { host, pathname, protocol, origin } = url
  // The client would repeat it in its errors, with the password.
  if (url.username + url.password !== '') return 'holds a user name or password'
  if (url.search + url.hash !== '') return `has a query: write ${origin}${pathname.replace(/\/$/, '')}`
  if (protocol === 'http:' && !isLocal(url))
    return `is http, which would send the secret key unencrypted: write https://${host}`
  return pastedProblem(url)
}

/** Other URLs that a project has. */
function pastedProblem({ host, pathname, origin }: URL): string | null {
  const api = /\/(rest|auth|storage|functions|realtime|graphql)\/v1(\/.*)?$/i.exec(pathname)
  if (api !== null)
    return `ends in ${api[0]}, one of its APIs: write ${origin}${pathname.slice(0, api.index)}`
  const isDashboard = /^(app\.)?supabase\.com$/.test(host)
  const project = isDashboard ? /\/project\/(\w+)/.exec(pathname) : /^db\.(\w+)\.supabase\.\w+$/.exec(host)
  return isDashboard || project !== null
    ? `is not the URL of the project's API: write https://${project?.[1] ?? 'abcdefgh'}.supabase.co`
    : null
}
