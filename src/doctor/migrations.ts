import type { Check } from '../core/check.ts'
import { appliedVersions, readMigrations } from '../store/migrate.ts'
import { StoreError } from '../store/store.ts'
import { fail, ok, warn } from './check.ts'
import type { OpenDatabase } from '../jobs/app.ts'

const howToMigrate =
  'pnpm tsx scripts/migrate.ts, or paste supabase/schema.sql into the SQL editor of the project'

/**
 * Compares the migrations of this version with those of the database; without SQL, only whether our functions
 * exist.
 */
export async function migrationsCheck(open: OpenDatabase | null, lacksFunctions: boolean): Promise<Check> {
  if (open === null)
    return lacksFunctions
      ? fail('migrations', 'the database lacks functions of this version', howToMigrate)
      : ok(
          'migrations',
          'the functions of this version answer (with DATABASE_URL every migration is compared)',
        )
  try {
    const { name, sql } = await open()
    try {
      return compare(await appliedVersions(sql), name, lacksFunctions)
    } finally {
      await sql.close()
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return warn('migrations', `they cannot be compared: ${error.message}`, 'check DATABASE_URL')
  }
}

function compare(known: ReadonlySet<string>, database: string, lacksFunctions: boolean): Check {
  const files = readMigrations()
  const missing = files.filter(({ version }) => !known.has(version))
  if (missing.length > 0) {
    const names = missing.map(({ version, name }) => `${version}_${name}`).join(', ')
    return fail(
      'migrations',
      `${missing.length} of ${files.length} missing in ${database}: ${names}`,
      howToMigrate,
    )
  }
  if (lacksFunctions)
    return fail(
      'migrations',
      `all are applied in ${database}, but the store lacks functions of this version`,
      'is DATABASE_URL the database of the project at SUPABASE_URL?',
    )
  const others = known.size - files.length
  const more = others === 0 ? '' : `, and ${others} that this version does not know`
  return ok('migrations', `${files.length} of ${files.length} applied${more}`)
}
