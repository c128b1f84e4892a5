import { appendFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type DestinationStream, type Logger, pino } from 'pino'
import { escapeControls } from './core/json.ts'
import { makeFolder } from './store/make-folder.ts'

/**
 * A logger for this process: one JSON line an entry, to a file a day in `dir`, or to `stream` if there is no
 * folder.
 */
export function openLog(options: {
  dir: string | null
  level: string
  stream: DestinationStream
  date: () => Date
}): Logger {
  const base = { level: options.level, base: { app: 'firsttoken' }, hooks: { streamWrite: escapeControls } }
  return pino(base, options.dir === null ? options.stream : dailyFile(options.dir, options.date))
}

/**
 * Appends to the day's `firsttoken-YYYYMMDD.log` (UTC). Synchronous, because entries are few, are never
 * written while a stream is measured, and must not be lost if the process dies. A folder that cannot be
 * written is reported once.
 */
function dailyFile(dir: string, date: () => Date): DestinationStream {
  const folder = resolve(dir)
  let complained = false
  return {
    write(line) {
      try {
        makeFolder(folder)
        const day = date().toISOString().slice(0, 10).replaceAll('-', '')
        appendFileSync(join(folder, `firsttoken-${day}.log`), line)
      } catch (error) {
        if (!complained) process.stderr.write(`cannot write the log in ${dir}: ${String(error)}\n`)
        complained = true
      }
    },
  }
}
