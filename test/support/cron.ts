import type { Hono } from 'hono'
import { createCron } from '../../src/http/cron.ts'
import type { App } from '../../src/jobs/app.ts'

/** The cron endpoints of an app, where nobody makes runs on demand. */
export const cronOf = (app: App, budgetMs: number): Hono =>
  createCron({
    app,
    budgetMs,
    openStore: app.store.open,
    jobs: { unavailable: null, kick: () => Promise.resolve() },
  })
