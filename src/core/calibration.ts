/**
 * A calibration result: how accurately a machine timestamps arrivals at one level of concurrency. An error is
 * the time from the server's write of an event to our stamp of the read that brought it, in ms; that of TTFT
 * is the error of the first token.
 */
export interface Calibration {
  id: string
  host: string
  nodeVersion: string
  /** Concurrent streams. */
  concurrency: number
  /** Streams measured, and their events with tokens. */
  streams: number
  chunks: number
  /** Measuring threads; 0 if the main thread measured. */
  threads: number
  ttftP50Ms: number
  ttftP95Ms: number
  ttftP99Ms: number
  chunkP50Ms: number
  chunkP95Ms: number
  chunkP99Ms: number
}

/** A stored calibration. */
export interface RecordedCalibration extends Calibration {
  createdAt: Date
}

/** The start of a stamped event's JSON, followed by the ms of `machineClock` at which it was written. */
export const stampField = '"sent_at_ms":'
