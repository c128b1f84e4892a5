import { z } from 'zod'
import { toJsonText } from '../core/json.ts'
import type { Calibration } from '../core/calibration.ts'
import { calibrationHeading, calibrationTable } from '../report/calibration.ts'
import { toColumns } from '../store/columns.ts'
import { withStore } from '../store/with-store.ts'
import { exitCode } from './exit-code.ts'
import { defineCommand } from './command.ts'
import { storeRefusal } from './failure.ts'
import { yes } from './flags.ts'
import { concurrencies, cores, measureClock } from './measure-clock.ts'
import { probeAnnouncement, stoppable } from './stop.ts'

const help = `Measure the clock error of this machine, against a synthetic provider that writes the time into every event.

Usage: pnpm tsx scripts/calibrate.ts [options]

  --quick               a tenth of the streams: about 6 s instead of 35
  --no-save             record nothing
  --json                one JSON document {calibrations} on stdout, nothing else
  --help                this text

It prints how late the first token (TTFT) and every chunk were stamped, with ${concurrencies.join(', ')} concurrent streams, and
records it; runs on this machine show it below their results. Up to 15 streams are measured in the main thread, as in a run;
more are measured in worker threads.

Exit codes: 0 done, 1 no stream could be measured, 2 bad usage or configuration, 3 it could not be recorded, 130 interrupted.
`

/** `calibrate`: measures, shows and records the clock error of this machine. */
export const calibrate = defineCommand({
  name: 'calibrate',
  help,
  flags: z.object({ quick: yes, noSave: yes, json: yes }),
  needs: 'app',
  run: ({ quick, noSave, json }, { app: { uuid, host, store, log }, streams: { stdout, stderr } }) =>
    stoppable(async ({ stop, abort }) => {
      const measured = await measureClock({ quick, uuid, host, stop, abort }, (progress) =>
        stderr.write(`${progress}\n`),
      )
      if (stop.aborted) return exitCode.interrupted
      if ('problem' in measured) return { ...measured, code: exitCode.allFailed }
      stdout.write(json ? documentOf(measured) : tableOf(measured))
      if (noSave) return exitCode.ok
      try {
        await withStore(store.open, async ({ recordCalibration }) => {
          for (const each of measured) await recordCalibration(each)
        })
      } catch (error) {
        return { ...storeRefusal(error, log), stderrOnly: true }
      }
      if (!json) stdout.write(`\nrecorded in ${store.name}\n`)
      return exitCode.ok
    }, probeAnnouncement(stderr)),
})

const documentOf = (calibrations: readonly Calibration[]): string =>
  `${toJsonText({ calibrations: calibrations.map(toColumns) }, 2)}\n`

function tableOf(calibrations: readonly Calibration[]): string {
  const [first] = calibrations
  const heading = first && calibrationHeading({ ...first, cores })
  return `${heading}\n\n${calibrationTable(calibrations)}\n`
}
