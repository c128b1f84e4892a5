import { parseJson } from '../core/json.ts'
import type { OfficialError, OfficialStatus, StatusFeed } from '../core/official-status.ts'
import { getText, type NoAnswer, type TextAnswer } from '../net/get-text.ts'
import type { Validators } from '../store/official-codec.ts'
import { readOfficialStatus } from './official-status.ts'
import type { OfficialSettings } from './settings.ts'

/** How a status page is asked. */
interface AskParts extends OfficialSettings {
  env: NodeJS.ProcessEnv
  /** What the last answer said its documents are to be asked for with. */
  validators: Validators
  signal?: AbortSignal
}

/** What a status page answered; `unchanged` if nothing is new since the answer that the validators are of. */
export type OfficialAnswer =
  | { status: OfficialStatus; validators: Validators }
  | { unchanged: true }
  /** Why nothing is known, and the rest of a sentence that names the page. */
  | { error: OfficialError; problem: string }

/** For each document: a page that is slower says enough of its provider. */
const timeoutMs = 10_000

/** Asks a provider's status page: its documents at once, together again if only some of them changed. Never rejects. */
export async function fetchOfficialStatus(feed: StatusFeed, parts: AskParts): Promise<OfficialAnswer> {
  const first = await fetchAll(feed, parts)
  if (first.every(isUnchanged)) return { unchanged: true }
  const answers = first.some(isUnchanged) ? await fetchAll(feed, { ...parts, validators: {} }) : first
  const failed = answers.map(failureOf).find((failure) => failure !== null)
  if (failed) return failed
  const texts = answers.flatMap((answer) => ('text' in answer ? answer : []))
  const status = readOfficialStatus(
    feed,
    texts.map(({ text }) => parseJson(text)),
  )
  if (status === null) return { error: 'unreadable', problem: 'answered something else than a status' }
  return {
    status,
    validators: Object.fromEntries(texts.map((text, at) => [feed.documents[at], after(text)])),
  }
}

const fetchAll = ({ documents }: StatusFeed, { mirror, env, validators, signal }: AskParts) =>
  Promise.all(
    documents.map((url) =>
      getText(placeOf(url, mirror), {
        headers: { accept: 'application/json', 'accept-encoding': 'gzip', ...validators[url] },
        env,
        egress: 'trusted',
        timeoutMs,
        ...(signal && { signal }),
      }),
    ),
  )

/** Where a document is: in a mirror, under the name of its host. */
function placeOf(document: string, mirror: string | null): URL {
  const url = new URL(document)
  return mirror === null ? url : new URL(`${mirror.replace(/\/$/, '')}/${url.host}${url.pathname}`)
}

const isUnchanged = ({ status }: TextAnswer | NoAnswer): boolean => status === 304

function failureOf(answer: TextAnswer | NoAnswer): Extract<OfficialAnswer, { error: OfficialError }> | null {
  const { status } = answer
  if ('problem' in answer)
    return { error: status === null ? 'unreachable' : 'unreadable', problem: answer.problem }
  if (answer.status === 200) return null
  const isRedirect = answer.status >= 300 && answer.status < 400
  return { error: isRedirect ? 'redirected' : 'http_error', problem: `answered HTTP ${answer.status}` }
}

/** The headers that ask for a document only if it changed after this answer. */
function after({ headers }: TextAnswer): Record<string, string> {
  const { etag, 'last-modified': modified } = headers
  if (etag !== undefined && etag.length <= 300) return { 'if-none-match': etag }
  return modified !== undefined && modified.length <= 100 ? { 'if-modified-since': modified } : {}
}
