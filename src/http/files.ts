import { serveStatic } from '@hono/node-server/serve-static'
import type { Hono } from 'hono'
import { isServerPath } from './paths.ts'

/** Names of files that hold a hash of their content: another content has another name. */
const hashed = /^\/assets\//

/** Serves the files of a folder, and its index.html for every other path that is not the program's. */
export function addFiles(hono: Pick<Hono, 'get' | 'use'>, root: string): void {
  hono.use('*', async ({ req, header }, next) => {
    await next()
    const isFile = !isServerPath(req.path)
    if (isFile)
      header('cache-control', hashed.test(req.path) ? 'public, max-age=31536000, immutable' : 'no-cache')
  })
  const files = serveStatic({ root, precompressed: true })
  const index = serveStatic({ root, precompressed: true, path: 'index.html' })
  hono.get('*', (context, next) => (isServerPath(context.req.path) ? next() : files(context, next)))
  hono.get('*', (context, next) => (isServerPath(context.req.path) ? next() : index(context, next)))
}
