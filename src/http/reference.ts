import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Hono } from 'hono'
import { referencePolicy } from './security-headers.ts'

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>firsttoken API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
  </head>
  <body>
    <div id="reference"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`

const start = `SwaggerUIBundle({ url: '/api/v1/openapi.json', dom_id: '#reference', deepLinking: true, validatorUrl: null })
`

const require = createRequire(import.meta.url)

// Written out each, because Vercel packs the files that it finds in such calls.
const files: Readonly<Record<string, { type: string; read: () => string | Buffer }>> = {
  '/docs': { type: 'text/html; charset=utf-8', read: () => page },
  '/docs/start.js': { type: 'text/javascript; charset=utf-8', read: () => start },
  '/docs/swagger-ui.css': {
    type: 'text/css; charset=utf-8',
    read: () => readFileSync(require.resolve('swagger-ui-dist/swagger-ui.css')),
  },
  '/docs/swagger-ui-bundle.js': {
    type: 'text/javascript; charset=utf-8',
    read: () => readFileSync(require.resolve('swagger-ui-dist/swagger-ui-bundle.js')),
  },
}

/** Adds the browsable reference: Swagger UI, served by ourselves. Its own page alone may set styles. */
export function addReference(hono: Pick<Hono, 'get'>): void {
  hono.get('/docs/', ({ redirect }) => redirect('/docs', 308))
  for (const [path, { type, read }] of Object.entries(files)) {
    const headers = {
      'content-type': type,
      'content-security-policy': referencePolicy,
      'cache-control': path.includes('swagger') ? 'public, max-age=86400' : 'no-cache',
    }
    hono.get(path, () => new Response(bytesOf(read()), { headers }))
  }
}

const bytesOf = (content: string | Buffer): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(content))
