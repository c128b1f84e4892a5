import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Migration } from '../../src/store/migrate.ts'

const folder = join(import.meta.dirname, 'first-migrations')

/** The 22 migrations that firsttoken began with, before the baseline replaced them. */
export const firstMigrations = (): Migration[] =>
  readdirSync(folder)
    .toSorted()
    .map((file) => {
      const [, version = '', name = ''] = /^(\d+)_(\w+)\.sql$/.exec(file) ?? []
      return { version, name, sql: readFileSync(join(folder, file), 'utf8') }
    })
