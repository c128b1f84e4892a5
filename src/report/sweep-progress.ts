import type { Paint } from './console.ts'
import { formatMs, formatRate, formatUsd, shortened, widthOf } from './format.ts'

/** How far a sweep has come. */
export interface SweepProgress {
  /** From 1, of so many; what it loads, for people. */
  level: number
  levels: number
  load: string
  /** Calls of the level that ended, warm-ups among them, and all that are planned. */
  made: number
  planned: number
  inFlight: number
  /** Calls that ended per second, lately; null if none did. */
  perS: number | null
  /** Of the level so far; null without an answer. */
  ttftP50Ms: number | null
  /** Of all levels. */
  failed: number
  /** What is known to be spent, in USD, and the most that may be; null for no limit. */
  spentUsd: number
  maxUsd: number | null
  /** How long the rest may take, in ms; null if nobody knows. */
  leftMs: number | null
}

/** Columns of the bar, at most and at least. */
const bar = { most: 32, least: 8 }

/** How far a sweep has come, as lines of at most so many columns. */
export function progressLines(
  progress: SweepProgress,
  { columns, paint }: { columns: number; paint: Paint },
): string[] {
  const { level, levels, load, made, planned, failed, maxUsd, spentUsd, leftMs } = progress
  const count = `${made} of ${planned}`
  const name = shortened(`level ${level} of ${levels}, ${load}`, Math.max(0, columns - count.length - 2))
  const room = columns - widthOf(name) - count.length - 4
  const width = Math.min(bar.most, room)
  const drawn = width < bar.least ? '' : `${barOf(planned === 0 ? 0 : made / planned, width, paint)}  `
  const parts = [
    `${formatRate(progress.perS)}/s`,
    `${progress.inFlight} in flight`,
    `TTFT p50 ${formatMs(progress.ttftP50Ms)}`,
    `${failed} failed`,
    ...(spentUsd === 0 && maxUsd === null
      ? []
      : [`${formatUsd(spentUsd)}${maxUsd === null ? '' : ` of ${formatUsd(maxUsd)}`}`]),
    ...(leftMs === null ? [] : [`about ${leftText(leftMs)} left`]),
  ]
  const styled = (line: string) =>
    failed === 0 ? paint('dim', line) : line.replace(`${failed} failed`, paint('red', `${failed} failed`))
  return [`${paint('bold', name)}  ${drawn}${count}`, ...wrapped(parts, columns).map(styled)]
}

function barOf(share: number, width: number, paint: Paint): string {
  const full = Math.round(Math.min(1, share) * width)
  return `${paint('cyan', '█'.repeat(full))}${paint('dim', '░'.repeat(width - full))}`
}

/** `40 s`, `12 min`, `3 h`. */
function leftText(ms: number): string {
  const s = Math.max(1, Math.round(ms / 1000))
  return s < 100 ? `${s} s` : s < 5400 ? `${Math.round(s / 60)} min` : `${Math.round(s / 3600)} h`
}

/** Parts in as few lines as they fit, none of them broken unless it is wider than a line. */
function wrapped(parts: readonly string[], columns: number): string[] {
  const lines: string[] = []
  for (const part of parts) {
    const longer = `${lines.at(-1) ?? ''}  ${part}`
    if (lines.length > 0 && widthOf(longer) <= columns) lines[lines.length - 1] = longer
    else lines.push(shortened(part, columns))
  }
  return lines
}
