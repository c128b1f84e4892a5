import { trimmed } from '../core/trimmed.ts'

/** A usable base URL, or what is wrong with the text. */
export type BaseUrl = { baseUrl: string } | { problem: string }

/**
 * Parses the base URL of an OpenAI-compatible API: http or https, without credentials, query or trailing
 * slash, because `/chat/completions` is appended. A problem completes the sentence "NAME ...".
 */
export function parseBaseUrl(text: string): BaseUrl {
  const spelled = trimmed(text)
  const url = URL.canParse(spelled) ? new URL(spelled) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    return { problem: 'is not an http or https URL; write it like https://api.example.com/v1' }
  if (url.username !== '' || url.password !== '')
    return { problem: 'holds a user name or password; give the key in its own variable' }
  if (url.search !== '' || url.hash !== '') return { problem: 'has a query or fragment; leave it off' }
  const baseUrl = (url.origin + url.pathname).replace(/\/+$/, '')
  if (/\/(chat\/completions|completions|models|responses|embeddings)$/.test(baseUrl))
    return { problem: `is the URL of a call; give its base: ${baseUrl.replace(/(\/chat)?\/[^/]*$/, '')}` }
  return { baseUrl }
}
