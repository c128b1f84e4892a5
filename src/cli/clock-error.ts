import type { App } from '../jobs/app.ts'
import type { StartedBenchmark } from '../jobs/started-benchmark.ts'
import { clockErrorLine } from '../report/calibration.ts'

/**
 * What the last calibration of this machine found, as a line; null if there is none. A failure to read it
 * does not fail the run.
 */
export async function clockErrorHere(
  { latestCalibration }: StartedBenchmark,
  { clock, log }: Pick<App, 'clock' | 'log'>,
  verbose: boolean,
): Promise<string | null> {
  try {
    return clockErrorLine(await latestCalibration(), { now: clock.date(), verbose })
  } catch (error) {
    log.debug({ error: String(error) }, 'the last calibration could not be read')
    return null
  }
}
