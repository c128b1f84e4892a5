import type { Objectives } from '../lab/goodput.ts'
import type { Streams } from './streams.ts'
import type { SweepFiles } from './sweep-files.ts'

/** How a sweep is shown. */
export interface ShownSweep {
  streams: Streams
  /** The report only. */
  quiet: boolean
  /** On stdout; what is no report then goes to stderr. */
  format: 'text' | 'json' | 'csv' | 'markdown'
  objectives: Objectives
  /** The files that a person names, and whether the usual ones stand in for those that nobody names. */
  files: SweepFiles
  usual: boolean
}
