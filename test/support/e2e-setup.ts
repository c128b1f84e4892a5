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

/** Makes one embedded database for all test files: a new one costs four seconds of CPU, a copy 0.1. */
export default async function setup(project: TestProject): Promise<() => void> {
  const dir = mkdtempSync(join(tmpdir(), 'firsttoken-template-'))
  const sql = await openEmbedded({
    dir,
    prepare: async (owner) => void (await migrate(owner, readMigrations())),
  })
  await sql.close()
  project.provide('embeddedTemplate', dir)
  return () => rmSync(dir, { recursive: true, force: true })
}
