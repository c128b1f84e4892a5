import type { App } from '../jobs/app.ts'
import { startJobs } from '../jobs/start-jobs.ts'
import type { HttpJobs, HttpParts } from './parts.ts'
import { benchmarkPath } from './paths.ts'

/** The runs on demand of functions: each is made by a call of our own cron endpoint. */
export const functionJobs = (app: App, openStore: HttpParts['openStore']): HttpJobs => ({
  unavailable:
    app.cronSecret === null
      ? 'runs cannot be started here: set CRON_SECRET (16 characters or more), with which one function calls the other'
      : null,
  kick: ({ url }) =>
    app.cronSecret === null ? Promise.resolve() : startJobs(new URL(benchmarkPath, url), app, openStore),
})
