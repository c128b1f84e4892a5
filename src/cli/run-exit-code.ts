import type { RunSummary } from '../run/summary.ts'
import { exitCode } from './exit-code.ts'
import { storeCode } from './failure.ts'

/** The exit code of a run. A lost result outweighs those that were kept. */
export function runExitCode({ run, skipped, lost, missed, recorded, succeeded }: RunSummary): number {
  if (skipped) return exitCode.ok
  if (missed !== null) return storeCode(missed)
  if (run?.status === 'cancelled') return exitCode.interrupted
  if (lost !== null) return exitCode.notRecorded
  if (hadNobodyDue(run)) return exitCode.ok
  if (recorded === 0 && (run?.n_skipped ?? 0) === 0) return exitCode.notRecorded
  return succeeded > 0 ? exitCode.ok : exitCode.allFailed
}

const hadNobodyDue = (run: RunSummary['run']): boolean => run?.n_probes === 0
