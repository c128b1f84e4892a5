import type { RecordedSweep } from '../jobs/read-sweep.ts'
import type { SweptLevel } from '../report/describe-sweep.ts'
import type { SearchOutcome } from '../report/search.ts'
import type { ShownSweep } from './shown-sweep.ts'
import { noFiles, usualFiles, writeSweepFiles } from './sweep-files.ts'

/** A sweep whose files are written. */
interface LeftSweep extends ShownSweep {
  found: readonly SearchOutcome[]
  /** Where it is recorded; null if nowhere. */
  store: string | null
}

/**
 * Writes the files of a sweep and says where: those that a person names, and the usual ones for kinds that nobody
 * names. False if one that a person named could not be written.
 */
export async function leaveFiles(
  recorded: RecordedSweep,
  levels: readonly SweptLevel[],
  { streams, quiet, format, files, usual, objectives, found, store }: LeftSweep,
): Promise<boolean> {
  const about = { levels, objectives, found, store }
  const standing = usual ? usualFiles(recorded) : noFiles
  const named = await writeSweepFiles(recorded, files, about)
  const others = await writeSweepFiles(
    recorded,
    {
      ...noFiles,
      html: files.html === null ? standing.html : null,
      json: files.json === null ? standing.json : null,
    },
    about,
  )
  for (const problem of [...named.problems, ...others.problems])
    streams.stderr.write(`firsttoken: ${problem}\n`)
  const written = [...named.written, ...others.written]
  if (!quiet && written.length > 0)
    streams[format === 'text' ? 'stdout' : 'stderr'].write(`written to ${written.join(' and ')}\n`)
  return named.problems.length === 0
}
