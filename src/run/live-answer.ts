import { thoughtLength } from '../probe/inline-thinking.ts'
import type { NewText } from '../probe/live-text.ts'
import type { ProbeRow } from './events.ts'

/** Characters that are kept of a text: its end. */
const mostText = 2 ** 17

/** A text that grows, of which the end is kept. */
class Tail {
  kept = ''
  at = 0
  /** Adds what begins at a place; what is here already is not added again, nor what would leave a gap. */
  put(at: number, more: string): void {
    if (at > this.end) return
    this.kept += more.slice(this.end - at)
    const cut = this.kept.length - mostText
    if (cut <= 0) return
    this.kept = this.kept.slice(cut)
    this.at += cut
  }
  get end(): number {
    return this.at + this.kept.length
  }
  /** What is kept from a place on, and where that begins. */
  from(place: number): { at: number; text: string } {
    const at = Math.max(place, this.at)
    return { at, text: this.kept.slice(at - this.at) }
  }
}

/** An answer as far as it came. */
export class LiveAnswer {
  readonly text = new Tail()
  readonly reasoning = new Tail()
  thought = 0
  isOver = false
  readonly probe: ProbeRow
  constructor(probe: ProbeRow) {
    this.probe = probe
  }
  take({ textAt, text, reasoningAt, reasoning, flagged }: NewText): void {
    const isThinking = this.thought > 0 && this.thought === this.text.end
    this.text.put(textAt, text)
    this.reasoning.put(reasoningAt, reasoning)
    // Marks are at its beginning: without that, thinking that has not ended goes on.
    if (this.text.at === 0)
      this.thought = Math.max(
        Math.min(flagged, this.text.end),
        thoughtLength(this.text.kept, this.reasoning.end > 0),
      )
    else if (isThinking) this.thought = this.text.end
  }
  /** How much of it there is. */
  get extent(): Had {
    return { text: this.text.end, reasoning: this.reasoning.end, isOver: this.isOver }
  }
}

/** How much a reader has had of an answer. */
export interface Had {
  text: number
  reasoning: number
  isOver: boolean
}

export const nothing: Had = { text: 0, reasoning: 0, isOver: false }
