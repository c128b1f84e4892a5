import type { Paint } from '../report/console.ts'
import { formatMs, shortened } from '../report/format.ts'
import { columnsOf } from './streams.ts'

/** What a terminal shows of the calls in flight, below what is printed: the latest, its time, and how many there are. */
export interface LiveLine {
  /** A call begins. */
  begin: (id: string, label: string) => void
  /** It ended. */
  end: (id: string) => void
  /** Prints lines above. */
  print: (text: string) => void
  clear: () => void
}

/** Opens a live line; in a pipe there is none, and only `print` writes. */
export function openLiveLine(stream: NodeJS.WriteStream, paint: Paint): LiveLine {
  const live = stream.isTTY
  const inFlight = new Map<string, { label: string; since: number }>()
  let ticking: NodeJS.Timeout | undefined
  const clear = () => {
    clearInterval(ticking)
    if (live) stream.write('\r\u001b[K')
  }
  const draw = () => {
    const latest = [...inFlight.values()].at(-1)
    if (latest === undefined) return
    const time = formatMs(performance.now() - latest.since)
    const label = inFlight.size > 1 ? `${inFlight.size} in flight, latest ${latest.label}` : latest.label
    // A line that wraps could not be rewritten.
    const what = shortened(label, columnsOf(stream) - time.length - 5)
    stream.write(`\r\u001b[K${paint('cyan', '…')} ${what}  ${paint('dim', time)}`)
  }
  const redraw = () => {
    clear()
    if (!live || inFlight.size === 0) return
    draw()
    // Too rarely to disturb the clock of the probe it is about.
    ticking = setInterval(draw, 250)
  }
  return {
    begin: (id, label) => {
      inFlight.set(id, { label, since: performance.now() })
      redraw()
    },
    end: (id) => {
      inFlight.delete(id)
      redraw()
    },
    print: (text) => {
      clear()
      stream.write(`${text}\n`)
    },
    clear,
  }
}
