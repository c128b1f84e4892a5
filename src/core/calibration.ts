/**
 * How exactly a machine stamps what arrives, with so many streams at once. An error is the time from the moment the server
 * wrote an event to our stamp of the read that brought it, in ms; that of TTFT is the error of the first token.
 */
export interface Calibration {
  id: string
  host: string
  nodeVersion: string
  /** Streams at once. */
  concurrency: number
  /** Streams measured, and the events with tokens that they brought. */
  streams: number
  chunks: number
  /** Threads that measured; 0 where the main thread did. */
  threads: number
  ttftP50Ms: number
  ttftP95Ms: number
  ttftP99Ms: number
  chunkP50Ms: number
  chunkP95Ms: number
  chunkP99Ms: number
}

/** A calibration as the database keeps it. */
export interface RecordedCalibration extends Calibration {
  createdAt: Date
}

/** How an event says when it was written: the beginning of its JSON, before a number of ms of `machineClock`. */
export const stampField = '"sent_at_ms":'
