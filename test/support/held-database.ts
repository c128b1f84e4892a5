import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import type { Sql } from '../../src/store/connection.ts'

/** Gives a folder a migrated, empty embedded database. */
export const copyDatabase = (folder: string): void =>
  cpSync(inject('embeddedTemplate'), join(folder, '.data'), { recursive: true })

/**
 * The same, held by this process until it is closed: commands in the folder connect to it, which saves each of them
 * more than a second of CPU.
 */
export async function holdDatabase(folder: string): Promise<Sql> {
  copyDatabase(folder)
  return openEmbedded({ dir: join(folder, '.data') })
}

/** Deletes every row but the settings that a new database has: a database for each test would cost each a second of CPU. */
export const emptyDatabase = (sql: Sql): Promise<void> =>
  sql.exec(`do $$ begin
    execute (
      select 'truncate ' || string_agg(format('%I.%I', schemaname, tablename), ', ')
      from pg_tables where schemaname in ('public', 'firsttoken') and tablename <> 'retention');
  end $$`)
