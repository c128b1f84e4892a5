import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { createHttp } from '../../src/http/http.ts'
import { listen } from '../../src/http/listen.ts'
import { httpParts } from '../../test/support/http-parts.ts'
import { fullPage } from './page.ts'

// Serves the status page as an installation does, from memory; and what it is compressed to as a bare static file, by the same library.
const page = fullPage()
let port = 0
const parts = httpParts({
  env: { STATUS_PAGE: 'public' },
  store: { statusPage: () => Promise.resolve({ ...page, generated_at: new Date().toISOString() }) },
})
const access = { ...parts.access, hosts: () => ({ port, publicUrl: null, allowed: [] }) }
const { hono } = createHttp({ ...parts, access })
;({ port } = await listen(hono, { host: '127.0.0.1', port: 0 }))

const origin = `http://127.0.0.1:${port}`
const root = mkdtempSync(join(tmpdir(), 'firsttoken-static-'))
const compressed = await hono.request(`${origin}/status`, {
  headers: { host: `127.0.0.1:${port}`, 'accept-encoding': 'br' },
})
writeFileSync(join(root, 'status'), Buffer.from(await compressed.arrayBuffer()))
const files = new Hono()
files.get('*', serveStatic({ root }))
const server = createAdaptorServer({ fetch: files.fetch })
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port, filePort: typeof address === 'object' ? address?.port : 0 })
})

process.once('disconnect', () => {
  rmSync(root, { recursive: true })
  process.exit()
})
