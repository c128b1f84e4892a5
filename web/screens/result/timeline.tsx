import type { KeyboardEvent, PointerEvent } from 'react'
import { duration } from '../../format/numbers.ts'
import { plural } from '../../format/words.ts'
import { Button } from '../../ui/button.tsx'
import { PhaseList } from '../../ui/phase-bar.tsx'
import { phasesOf } from '../../ui/phases.ts'
import { extentOf, Lanes, lanes } from './axis.tsx'
import { EventTable } from './event-table.tsx'
import styles from './result.module.css'
import { type Result, stallsOf, type Timeline as Events, tokensOf, tokenText } from './stream.ts'
import type { Play } from './use-play.ts'

/** Every token of an answer on an axis of time; the arrows go from one to the next. */
export function Timeline({
  result,
  timeline,
  play,
  isTable,
  onTable,
}: {
  result: Result
  timeline: Events
  play: Play
  isTable: boolean
  onTable: () => void
}) {
  const tokens = tokensOf(timeline)
  const stalls = stallsOf(tokens)
  const kinds = new Set(tokens.map(({ kind }) => kind))
  const keys = [...kinds, ...(stalls.length === 0 ? [] : (['stall'] as const))]
  const still = stalls.reduce((sum, { from, to }) => sum + to - from, 0)
  return (
    <figure className={styles.timeline} aria-labelledby="timeline">
      <figcaption className={styles.panelHead}>
        <h2 id="timeline">Timeline</h2>
        <span className={styles.basis}>
          {plural(tokens.length, 'event')} with tokens · {plural(timeline.reads.length, 'read')} ·{' '}
          {stalls.length === 0 ? 'no stall' : `${plural(stalls.length, 'stall')}, ${duration(still)} in all`}
        </span>
        <span className={styles.keys}>
          {keys.map((key) => (
            <span key={key}>
              <i className={styles[`${key}Key`]} /> {key}
            </span>
          ))}
        </span>
        <Button kind="quiet" className={styles.turn} aria-pressed={isTable} onClick={onTable}>
          Table<span className="hidden"> of the timeline</span>
        </Button>
      </figcaption>
      {isTable ? (
        <EventTable timeline={timeline} />
      ) : (
        <Axis result={result} timeline={timeline} play={play} tokens={tokens} />
      )}
      {!isTable && <p className={styles.axisTitle}>Time after the request was sent</p>}
      <PhaseList phases={phasesOf(result)} />
    </figure>
  )
}

function Axis({
  result,
  timeline,
  play,
  tokens,
}: Pick<Parameters<typeof Timeline>[0], 'result' | 'timeline' | 'play'> & {
  tokens: ReturnType<typeof tokensOf>
}) {
  const [from, to] = extentOf(result, timeline)
  const last = tokens.length - 1
  const passed = play.at === null ? last : tokens.findLastIndex(({ at }) => at <= (play.at ?? 0))
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.shiftKey ? 10 : 1
    const next = { ArrowLeft: passed - by, ArrowRight: passed + by, Home: 0, End: last }[event.key]
    if (next !== undefined) play.seek(tokens[Math.max(0, Math.min(last, next))]?.at ?? null)
    else if (event.key === ' ' || event.key === 'Enter') play.toggle()
    else if (event.key === 'Escape') play.seek(null)
    else return
    event.preventDefault()
  }
  const onPointer = ({ buttons, currentTarget, clientX }: PointerEvent) => {
    if (buttons !== 1) return
    const { left, width } = currentTarget.getBoundingClientRect()
    play.seek(Math.max(0, Math.min(to, from + ((clientX - left) / width) * (to - from))))
  }
  const share = play.at === null ? null : `${(100 * (play.at - from)) / (to - from)}%`
  return (
    <div
      className={styles.axis}
      role="slider"
      tabIndex={0}
      aria-label="Tokens"
      aria-valuemin={0}
      aria-valuemax={Math.max(0, tokens.length)}
      aria-valuenow={passed + 1}
      aria-valuetext={passed === -1 ? 'before the first token' : tokenText(tokens, passed)}
      onKeyDown={onKeyDown}
      onPointerDown={onPointer}
      onPointerMove={onPointer}
    >
      <svg width="100%" height={lanes.height} aria-hidden="true">
        <Lanes result={result} timeline={timeline} />
        {share !== null && (
          <line className={styles.cursor} x1={share} x2={share} y1={lanes.phases - 4} y2={lanes.axis} />
        )}
      </svg>
    </div>
  )
}
