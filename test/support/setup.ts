import type { TestProject } from 'vitest/node'
import { migrate, readMigrations } from '../../src/store/migrate.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { startPostgres } from './postgres.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The URL of a Postgres 17 with a migrated database `template_firsttoken` to copy. */
    postgresUrl: string
  }
}

/** Starts one Postgres for all test files; each creates its own databases in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres()
  const admin = await openPostgres(server.url)
  await admin.exec('create database template_firsttoken')
  await admin.close()
  const template = await openPostgres(databaseUrl(server.url, 'template_firsttoken'))
  await migrate(template, readMigrations())
  await template.close()
  project.provide('postgresUrl', server.url)
  return server.stop
}

/** The URL of another database on the same server. */
export function databaseUrl(url: string, name: string): string {
  const other = new URL(url)
  other.pathname = `/${name}`
  return other.href
}
