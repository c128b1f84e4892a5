import { z } from 'zod'
import type { Check } from '../core/check.ts'
import type { App } from '../jobs/app.ts'
import type { Api } from './api.ts'
import type { HttpParts } from './parts.ts'

const checkRow = z
  .strictObject({
    /** The part: `store`, `clock`. */
    name: z.string(),
    state: z.enum(['ok', 'warn', 'fail']),
    /** What was found. */
    message: z.string(),
    /** How to fix it; null if nothing is wrong or the message says it. */
    todo: z.string().nullable(),
  })
  .meta({ id: 'Check' })

/** Checks of parts of an installation. */
export const examination = z.strictObject({
  /** Whether nothing failed; there may be warnings. */
  ok: z.boolean(),
  checks: z.array(checkRow),
})

const about = { access: 'admin', tag: 'health', answer: examination } as const

/** What scripts/doctor.ts says, for the installation that answers. */
export function addDoctor(api: Api, { app }: HttpParts): void {
  api.add(
    {
      ...about,
      method: 'get',
      path: '/doctor',
      summary: 'Every part of the installation: what was found, and what to do; no provider is called',
    },
    () => examine(app, { callProviders: false }),
  )
  api.add(
    {
      ...about,
      method: 'post',
      path: '/doctor/keys',
      summary: 'The key of every provider that has one: each is asked once for its models',
    },
    () => examine(app, { local: false, callProviders: true }),
  )
}

/** Runs checks. They are loaded only when somebody asks: no other request needs them. */
async function examine(app: App, which: { local?: boolean; callProviders: boolean }) {
  const { runChecks } = await import('../doctor/checks.ts')
  const { installationOf } = await import('../doctor/parts.ts')
  const { env, clock } = app
  const parts = { installation: installationOf(app), env, nodeVersion: process.version, clock }
  const checks: Check[] = []
  for await (const check of runChecks(parts, which)) checks.push(check)
  return { ok: checks.every(({ state }) => state !== 'fail'), checks }
}
