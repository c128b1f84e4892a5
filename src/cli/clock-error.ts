import type { App } from '../jobs/app.ts'
import type { StartedBenchmark } from '../jobs/started-benchmark.ts'
import { clockErrorLine } from '../report/calibration.ts'

/**
 * What the last calibration of this machine found, as a line for a run with so many streams at once; null if there
 * is none. A failure to read it does not fail the run.
 */
export async function clockErrorHere(
  { latestCalibration }: StartedBenchmark,
  { clock, log }: Pick<App, 'clock' | 'log'>,
  verbose: boolean,
): Promise<(streams: number) => string | null> {
  try {
    const calibrations = await latestCalibration()
    return (streams) => clockErrorLine(calibrations, { now: clock.date(), verbose, streams })
  } catch (error) {
    log.debug({ error: String(error) }, 'the last calibration could not be read')
    return () => null
  }
}
