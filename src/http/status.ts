import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Context } from 'hono'
import type { Api } from './api.ts'
import { badgeMetrics, badgeOf, badgeSvg, shieldsOf } from '../status/badge.ts'
import { atomOf, rssOf } from '../status/feeds.ts'
import { statusHtml } from '../status/html.ts'
import { iconSvg } from '../status/icon.ts'
import { robotsText } from '../status/robots.ts'
import { statuspageDocuments } from '../status/statuspage.ts'
import { styleSource } from '../status/style.ts'
import type { View } from '../status/view.ts'
import type { StatusSettings } from '../jobs/config.ts'
import { isKnown, strongTag } from './etag.ts'
import type { HttpParts } from './parts.ts'
import { robotsPath } from './paths.ts'
import { problem } from './problem.ts'
import { createStatusCache, type Snapshot } from './status-cache.ts'

/** What is answered at a path. */
interface Rendering {
  type: string
  text: string
}

/** The answer as it is sent, each encoding made once. */
interface Kept {
  type: string
  etag: string
  bodies: Record<'identity' | 'gzip' | 'br', Buffer<ArrayBuffer>>
}

/** So many answers are kept of a snapshot; beyond, all are made anew. */
const mostKept = 500

/** Whether a path is one of the status page. */
const isStatusPath = (path: string): boolean => /^\/(status|badge|api\/v2)(\/|$)/.test(path)

/** The public status page, its badges, feeds and documents; `changed` has the next reader see what a person has just written. */
export function createStatus(parts: HttpParts): { add: (hono: Api['hono']) => void; changed: () => void } {
  const settings = parts.app.web.status
  const { app, openStore, hosting } = parts
  const cache = createStatusCache({
    read: async () => (await openStore()).statusPage(),
    date: app.clock.date,
    isKept: hosting === 'server',
    onError: (error) => app.log.warn({ error: String(error) }, 'the status page cannot be read'),
  })
  return {
    changed: cache.changed,
    add: (hono) => {
      hono.get(robotsPath, (context) => {
        const isHome = settings !== null && isStatusHost(context, settings)
        context.header('cache-control', 'public, max-age=3600')
        return context.text(robotsText(isHome ? 'at /' : settings === null ? 'nowhere' : 'at /status'))
      })
      if (settings === null) {
        for (const path of ['/api/v2', '/api/v2/*', '/status', '/status/*', '/badge', '/badge/*'])
          hono.all(path, ({ req }) => problem(404, 'not_found', `there is nothing at ${req.path}`))
        return
      }
      const answer = answering(settings, cache.get, hosting === 'server')
      hono.use('*', (context, next) => {
        const isOurs = isStatusHost(context, settings)
        const path = isOurs && context.req.path === '/' ? '/status' : context.req.path
        if (isStatusPath(path)) return answer(context, path)
        return isOurs ? Promise.resolve(nothing(path)) : next()
      })
    },
  }
}

/** Whether a request names the host that is the status page's alone. */
export function isStatusHost(context: Context, { host }: Pick<StatusSettings, 'host'>): boolean {
  if (host === null) return false
  const named = (context.req.header('host') ?? new URL(context.req.url).host).toLowerCase()
  return named === host || named.replace(/:\d+$/, '') === host
}

const nothing = (path: string): Response => problem(404, 'not_found', `there is nothing at ${path}`)

function otherMethod(): Response {
  const refused = problem(405, 'method_not_allowed', 'this path takes GET, HEAD')
  refused.headers.set('allow', 'GET, HEAD')
  return refused
}

function answering(settings: StatusSettings, get: () => Promise<Snapshot>, isCompressed: boolean) {
  const policy = policyOf(settings)
  const kept = new WeakMap<Snapshot['page'], Map<string, Kept>>()
  return async (context: Context, path: string): Promise<Response> => {
    const { method } = context.req
    if (method !== 'GET' && method !== 'HEAD') return otherMethod()
    const snapshot = await get().catch(() => null)
    if (snapshot === null)
      return problem(503, 'unavailable', 'the measurements cannot be read: try again in a minute')
    const known = kept.get(snapshot.page) ?? new Map<string, Kept>()
    kept.set(snapshot.page, known)
    const base = baseOf(context, settings)
    const icon = path === '/status/icon.svg' ? new URL(context.req.url).search.slice(1, 30) : ''
    const key = [path, path === '/status' ? snapshot.ageMinutes : base, icon].join(' ')
    if (known.size >= mostKept) known.clear()
    const found = known.get(key) ?? null
    if (found !== null) return respond(context, found, policy)
    const made = renderingOf(path, snapshot, { settings, base, icon })
    if (made === null) return nothing(path)
    const rendered = keptOf(made, isCompressed)
    known.set(key, rendered)
    return respond(context, rendered, policy)
  }
}

/** By which address a reader finds this page. */
function baseOf({ req }: Context, { host, publicUrl }: StatusSettings): string {
  if (host !== null) return `https://${host}`
  return publicUrl?.origin ?? new URL(req.url).origin
}

interface Asked {
  settings: StatusSettings
  base: string
  icon: string
}

const json = (value: unknown): Rendering => ({
  type: 'application/json; charset=utf-8',
  text: JSON.stringify(value),
})

/** What there is at a path; null if there is nothing. */
function renderingOf(
  path: string,
  { view, ageMinutes }: Snapshot,
  { settings, base, icon }: Asked,
): Rendering | null {
  const { title } = settings
  if (path === '/status')
    return { type: 'text/html; charset=utf-8', text: statusHtml(view, settings, ageMinutes) }
  if (path === '/status/icon.svg') {
    const text = iconSvg(icon)
    return text === null ? null : { type: 'image/svg+xml', text }
  }
  if (path === '/status/history.rss')
    return { type: 'application/rss+xml; charset=utf-8', text: rssOf(view, title, base) }
  if (path === '/status/history.atom')
    return { type: 'application/atom+xml; charset=utf-8', text: atomOf(view, title, base) }
  const [, name] = /^\/api\/v2\/([a-z]+\.json)$/.exec(path) ?? []
  if (name !== undefined && Object.hasOwn(statuspageDocuments, name))
    return json(statuspageDocuments[name as keyof typeof statuspageDocuments](view, { title, base }))
  return badgeAt(path, view)
}

/** `/badge/<component>/<metric>.svg`, or `.json`. */
function badgeAt(path: string, view: View): Rendering | null {
  const [, key, name, ending] = /^\/badge\/(.+)\/([a-z\d-]+)\.(svg|json)$/.exec(path) ?? []
  const component = view.groups.flatMap(({ components }) => components).find((each) => each.key === key)
  const metric = badgeMetrics.find((each) => each === name)
  if (component === undefined || metric === undefined) return null
  const badge = badgeOf(component, metric)
  return ending === 'json' ? json(shieldsOf(badge)) : { type: 'image/svg+xml', text: badgeSvg(badge) }
}

/** Compressed once, unless whoever is before us does that. */
function keptOf({ type, text }: Rendering, isCompressed: boolean): Kept {
  const identity = Buffer.from(text)
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 5,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
  }
  return {
    type,
    etag: strongTag(identity),
    bodies: {
      identity,
      gzip: isCompressed ? gzipSync(identity) : identity,
      br: isCompressed ? brotliCompressSync(identity, { params }) : identity,
    },
  }
}

/** Which encoding a reader takes, the smallest first. */
function encodingOf({ req }: Context): 'br' | 'gzip' | 'identity' {
  const taken = (req.header('accept-encoding') ?? '').toLowerCase()
  const takes = (name: string) => new RegExp(`(^|[ ,])${name}(?!;q=0(\\.0*)?(,|$))`).test(taken)
  return takes('br') ? 'br' : takes('gzip') ? 'gzip' : 'identity'
}

/**
 * Scripts are none, styles are ours alone, and the logo comes from where the settings say. Without `connect-src` no tool that
 * audits the page could read robots.txt, which browsers take for a request of the page.
 */
const policyOf = ({ logoUrl }: StatusSettings): string =>
  `default-src 'none'; style-src ${styleSource}; img-src 'self'${logoUrl === null ? '' : ` ${new URL(logoUrl).origin}`}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

function respond(context: Context, { type, etag, bodies }: Kept, policy: string): Response {
  const encoding = encodingOf(context)
  const body = bodies[encoding]
  const isPlain = encoding === 'identity' || body === bodies.identity
  const tag = isPlain ? etag : etag.replace(/"$/, `-${encoding}"`)
  const headers: Record<string, string> = {
    etag: tag,
    'cache-control': 'public, max-age=30, s-maxage=30, stale-while-revalidate=300, no-transform',
    vary: 'accept-encoding',
    'content-security-policy': policy,
    // Badges and documents are for pages elsewhere; nothing here depends on who asks.
    'cross-origin-resource-policy': 'cross-origin',
    'access-control-allow-origin': '*',
  }
  if (isKnown(tag, context.req.header('if-none-match'))) return new Response(null, { status: 304, headers })
  headers['content-type'] = type
  headers['content-length'] = String(body.length)
  if (!isPlain) headers['content-encoding'] = encoding
  return new Response(context.req.method === 'HEAD' ? null : body, { headers })
}
