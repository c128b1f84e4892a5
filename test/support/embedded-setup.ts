import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import { migrate, readMigrations } from '../../src/store/migrate.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folders with an embedded database to copy: an empty one, and one with the migrations. */
    emptyTemplate: string
    embeddedTemplate: string
  }
}

/** Makes two embedded databases for the test files of all projects: a new one costs four seconds of CPU, a copy 0.1. */
export default async function setup({ vitest }: TestProject): Promise<(() => void) | undefined> {
  const all = vitest.getRootProject()
  if ('embeddedTemplate' in all.getProvidedContext()) return undefined
  const root = mkdtempSync(join(tmpdir(), 'firsttoken-template-'))
  const [empty, migrated] = ['empty', 'migrated'].map((name) => join(root, name)) as [string, string]
  all.provide('emptyTemplate', empty)
  all.provide('embeddedTemplate', migrated)
  await (await openEmbedded({ dir: empty })).close()
  cpSync(empty, migrated, { recursive: true })
  const sql = await openEmbedded({
    dir: migrated,
    prepare: async (owner) => void (await migrate(owner, readMigrations())),
  })
  await sql.close()
  return () => rmSync(root, { recursive: true, force: true })
}
