import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A connection of DuckDB. */
export interface DuckDb {
  run: (text: string) => Promise<unknown>
  runAndReadAll: (text: string) => Promise<{ getRowObjectsJson: () => Record<string, unknown>[] }>
}

interface Package {
  DuckDBInstance: { create: () => Promise<{ connect: () => Promise<DuckDb> }> }
}

/** Where @duckdb/node-api is: installed here, or in the folder of DUCKDB_DIR; null if in neither. It is 70 MB. */
export const duckDbPath: string | null = (() => {
  const from = process.env['DUCKDB_DIR'] ?? process.cwd()
  try {
    return createRequire(join(from, 'here.js')).resolve('@duckdb/node-api')
  } catch {
    return null
  }
})()

/** Opens a database in memory. */
export async function openDuckDb(): Promise<DuckDb> {
  if (duckDbPath === null) throw new Error('@duckdb/node-api is not installed')
  const { DuckDBInstance } = (await import(pathToFileURL(duckDbPath).href)) as Package
  return (await DuckDBInstance.create()).connect()
}
