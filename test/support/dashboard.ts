import type { BrowserContextOptions, Page } from 'playwright-core'
import { expect, onTestFinished, vi } from 'vitest'
import { openBrowser, patienceMs } from './browser.ts'
import { makeFolder, removeFolder, start } from './command.ts'
import { copyDatabase } from './held-database.ts'

/** How a page is opened. */
interface PageOptions extends BrowserContextOptions {
  /** Whether its person is signed in, as by the link of the first start. */
  isSignedIn?: boolean
}

/** A server of its own with an empty database, and a browser that looks at its dashboard. */
export interface Dashboard {
  origin: string
  /** The link of the first start, which signs in. */
  link: string
  folder: string
  /** Asks the API as its admin; rejects with what it says if it refuses. */
  ask: <Answer>(path: string, body?: object) => Promise<Answer>
  /**
   * A person's browser with one tab until the end of the test, and what that complains of; skips the test where there is no browser.
   */
  openPage: (
    path: string,
    skip: () => never,
    options?: PageOptions,
  ) => Promise<{ page: Page; said: string[] }>
  /** Kills the server. */
  kill: () => Promise<void>
  /** Starts it again at the same address. */
  serveAgain: () => void
  close: () => Promise<void>
}

/** Starts both; the server answers from its database, which it opens for a while at first. */
export async function serveDashboard(env: Record<string, string> = {}): Promise<Dashboard> {
  const folder = makeFolder()
  copyDatabase(folder)
  const serve = (port: string) =>
    start('serve.ts', ['--port', port, '--no-schedule'], {
      cwd: folder,
      env: { LOG_LEVEL: 'silent', ...env },
    })
  let served = serve('0')
  const browser = await openBrowser()
  const link = await served.until(/http:\/\/127\.0\.0\.1:\d+\/#token=\S+/)
  const { origin, port, hash } = new URL(link)
  const token = hash.slice('#token='.length)
  const isReady = async () => (await fetch(`${origin}/api/v1/runs`)).ok
  await vi.waitUntil(isReady, { timeout: patienceMs, interval: 50 })
  return {
    origin,
    link,
    folder,
    ask: async <Answer>(path: string, body?: object) => {
      const given = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const response = await fetch(`${origin}/api/v1${path}`, { headers, ...given })
      if (!response.ok) throw new Error(await response.text())
      return (await response.json()) as Answer
    },
    openPage: async (path, skip, { isSignedIn = false, ...options } = {}) => {
      if (browser === null) return skip()
      const context = await browser.newContext(options)
      onTestFinished(() => context.close())
      context.setDefaultTimeout(patienceMs)
      if (isSignedIn) {
        const session = await context.request.post(`${origin}/api/v1/session`, {
          data: { token },
          headers: { origin },
        })
        expect(session.status()).toBe(200)
      }
      const page = await context.newPage()
      const said = complaintsOf(page)
      await page.goto(origin + path)
      return { page, said }
    },
    kill: async () => {
      served.child.kill('SIGKILL')
      await served.ended
    },
    serveAgain: () => {
      served = serve(port)
    },
    close: async () => {
      await browser?.close()
      served.child.kill('SIGTERM')
      await served.ended
      removeFolder(folder)
    },
  }
}

/** Everything that a page complains of in its console, as it comes; failed requests that a test provokes aside. */
function complaintsOf(page: Page): string[] {
  const said: string[] = []
  page.on('pageerror', ({ message }) => said.push(message))
  page.on('console', (message) => {
    const isRefusal = /Failed to load resource/.test(message.text())
    if (['error', 'warning'].includes(message.type()) && !isRefusal) said.push(message.text())
  })
  return said
}
