import { counted } from '../core/text.ts'
import { isTimed, type Level } from '../core/plan.ts'
import type { App } from '../jobs/app.ts'
import { painter } from '../report/console.ts'
import { runHeading } from '../report/run.ts'
import { progressLines } from '../report/sweep-progress.ts'
import { loadText } from '../report/sweep.ts'
import type { RunEvent } from '../run/events.ts'
import { openLiveBlock } from './live-block.ts'
import { showErrors } from './progress.ts'
import { columnsOf, type Streams } from './streams.ts'
import { trackSweep } from './track-sweep.ts'

/** What a sweep that goes on is shown with. */
interface Going {
  /** Where it is shown: no place of a document. */
  stream: NodeJS.WriteStream
  levels: readonly Level[]
  settings: Readonly<Record<string, unknown>>
  clock: App['clock']
}

/** Shows a sweep as it goes: a line when a level has all its results, and in a terminal how far it is. */
export function showGoing(
  { stderr }: Pick<Streams, 'stderr'>,
  { stream, levels, settings, clock }: Going,
): { show: (event: RunEvent) => void; end: () => void } {
  const paint = painter(stream.isTTY && stream.hasColors())
  const maxCost = settings['max_cost_usd']
  const maxUsd = typeof maxCost === 'number' ? maxCost : null
  const tracked = trackSweep(levels, { clock, maxUsd })
  const block = openLiveBlock(stream, () => {
    const progress = tracked.progress()
    // A line that wraps could not be rewritten.
    return progress === null ? [] : progressLines(progress, { columns: columnsOf(stream) - 1, paint })
  })
  // Both may be one terminal: what is said there goes above what is drawn.
  const errors = showErrors(
    stderr.isTTY && stream.isTTY ? { write: (text: string) => block.print(text.trimEnd()) } : stderr,
  )
  const endOf = (place: number, level: Level): void => {
    const { made, failed } = tracked.ofLevel(place)
    block.print(
      `level ${place + 1} of ${levels.length}, ${loadText(level)}: ${counted(made, 'call')}, ${failed} failed`,
    )
  }
  /** A level whose end is known once another begins. */
  let lasting: number | null = null
  const endLasting = (next: number | null): void => {
    const level = levels[lasting ?? -1]
    if (lasting === null || level === undefined || lasting === next) return
    endOf(lasting, level)
    lasting = null
  }
  const onSignal = () => block.leave()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal)
  return {
    show: (event) => {
      errors.show(event)
      tracked.add(event)
      if (event.type === 'run_started') block.print(runHeading(event.run, event, paint))
      else if ('result' in event) {
        const place = event.result.level ?? 0
        const level = levels[place]
        endLasting(place)
        if (level === undefined) return
        if (isTimed(level)) lasting = place
        else if (tracked.ofLevel(place).made === level.warmups + level.total) endOf(place, level)
      } else if (event.type === 'run_finished') endLasting(null)
    },
    end: () => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal)
      block.end()
    },
  }
}
