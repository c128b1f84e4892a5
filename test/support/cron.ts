import type { Hono } from 'hono'
import { createCron } from '../../src/http/cron.ts'
import type { App } from '../../src/jobs/app.ts'

/** The cron endpoints of an app, where nobody makes runs on demand unless `kick` starts them. */
export const cronOf = (
  app: App,
  budgetMs: number,
  kick: () => Promise<void> = () => Promise.resolve(),
): Hono =>
  createCron({
    app,
    budgetMs,
    openStore: app.store.open,
    jobs: { unavailable: null, kick },
  })
