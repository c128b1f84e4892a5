import { dayMs, hourMs } from '../../src/alerts/judgement.ts'
import { rules } from '../../src/alerts/rules.ts'
import type { Baseline } from '../../src/alerts/window.ts'
import { SortedWindow } from './sorted-window.ts'

interface Sample {
  at: number
  ms: number
}
const { fromDays, toDays } = rules.slow.baseline

/** What is usual for a target, as the database finds it: of two weeks up to a day ago, renewed every hour. */
export class Usual {
  readonly window = new SortedWindow()
  /** Not old enough yet, and in the window. */
  #waiting: Sample[] = []
  #counted: Sample[] = []
  #days = new Map<number, number>()
  #renewedAt = -Infinity
  #baseline: Baseline = { n: 0, days: 0, p50: 0, p95: 0 }

  see(sample: Sample): void {
    this.#waiting.push(sample)
  }

  /** Forgets what came from then on: an incident tells it. */
  exclude(from: number): void {
    this.#waiting = this.#waiting.filter(({ at }) => at < from)
  }

  at(now: number): Baseline {
    if (now - this.#renewedAt < hourMs) return this.#baseline
    this.#renewedAt = now
    const { window } = this
    this.#waiting = moved(this.#waiting, now - toDays * dayMs, (sample) => {
      this.#counted.push(sample)
      window.add(sample.ms)
      this.#countDay(sample.at, 1)
    })
    this.#counted = moved(this.#counted, now - fromDays * dayMs, ({ at, ms }) => {
      window.remove(ms)
      this.#countDay(at, -1)
    })
    const n = window.values.length
    this.#baseline = { n, days: this.#days.size, p50: window.percentile(0.5), p95: window.percentile(0.95) }
    return this.#baseline
  }

  #countDay(at: number, by: number): void {
    const day = Math.floor(at / dayMs)
    const n = (this.#days.get(day) ?? 0) + by
    if (n === 0) this.#days.delete(day)
    else this.#days.set(day, n)
  }
}

/** Hands out those up to a moment, and returns the rest. */
function moved(samples: Sample[], until: number, take: (sample: Sample) => void): Sample[] {
  const rest = samples.findIndex(({ at }) => at > until)
  const taken = rest === -1 ? samples.length : rest
  for (const sample of samples.slice(0, taken)) take(sample)
  return taken === 0 ? samples : samples.slice(taken)
}
