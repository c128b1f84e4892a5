import { median, type Phased, type PhaseName, phaseNames, phasesOf } from '../../ui/phases.ts'

/** The median of each phase over the calls that had it, in ms; null if none had. */
export function medianPhases(calls: readonly Phased[]): Record<PhaseName, number | null> {
  const each = calls.map(phasesOf)
  return Object.fromEntries(
    phaseNames.map((name) => [name, median(each.flatMap((phases) => phases[name] ?? []))]),
  ) as Record<PhaseName, number | null>
}
