import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import { migrate, readMigrations } from '../../src/store/migrate.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A folder with a migrated embedded database to copy. */
    embeddedTemplate: string
  }
}

/** Makes one embedded database for the test files of all projects: a new one costs four seconds of CPU, a copy 0.1. */
export default async function setup({ vitest }: TestProject): Promise<(() => void) | undefined> {
  const all = vitest.getRootProject()
  if ('embeddedTemplate' in all.getProvidedContext()) return undefined
  const dir = mkdtempSync(join(tmpdir(), 'firsttoken-template-'))
  all.provide('embeddedTemplate', dir)
  const sql = await openEmbedded({
    dir,
    prepare: async (owner) => void (await migrate(owner, readMigrations())),
  })
  await sql.close()
  return () => rmSync(dir, { recursive: true, force: true })
}
