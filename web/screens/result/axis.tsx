import { memo } from 'react'
import { duration } from '../../format/numbers.ts'
import { phaseAbout } from '../../ui/phases.ts'
import styles from './result.module.css'
import {
  placedPhases,
  type Result,
  stallsOf,
  ticksOf,
  type Timeline,
  type Token,
  tokensOf,
} from './stream.ts'

/** The lanes, from the top, in px. */
export const lanes = { phases: 20, tokens: 58, reads: 130, axis: 144, height: 162 }
const high = { phases: 12, tokens: 52, reads: 8 }

/** From where to where the axis goes, in ms. */
export function extentOf(result: Result, timeline: Timeline): [from: number, to: number] {
  const [first] = placedPhases(result)
  return [Math.min(0, first?.from ?? 0), Math.max(1, timeline.end_ms, result.total_latency_ms)]
}

/** The lanes of a timeline: phases, every token, every read, and the time. Drawn once. */
export const Lanes = memo(function Lanes({ result, timeline }: { result: Result; timeline: Timeline }) {
  const [from, to] = extentOf(result, timeline)
  const tokens = tokensOf(timeline)
  const percent = (at: number): string => `${(100 * (at - from)) / (to - from)}%`
  const lane = (y: number, height: number) => ({
    y,
    height,
    width: '100%',
    viewBox: `${from} 0 ${to - from} 1`,
    preserveAspectRatio: 'none',
  })
  return (
    <>
      {ticksOf(from, to).map((at) => (
        <g key={at} className={styles.mark}>
          <line className={styles.grid} x1={percent(at)} x2={percent(at)} y1={lanes.phases} y2={lanes.axis} />
          <text
            className={styles.tick}
            x={percent(at)}
            y={lanes.height - 4}
            textAnchor={anchorOf(at, from, to)}
          >
            {at === 0 ? '0' : at < 0 ? `−${duration(-at)}` : duration(at)}
          </text>
        </g>
      ))}
      <svg {...lane(lanes.phases, high.phases)}>
        {placedPhases(result).map(({ name, from: start, to: end }) => (
          <rect key={name} className={styles[name]} x={start} width={end - start} height="1">
            <title>
              {phaseAbout[name].label} {duration(end - start)}
            </title>
          </rect>
        ))}
      </svg>
      <svg {...lane(lanes.tokens, high.tokens)}>
        {stallsOf(tokens).map(({ from: start, to: end }) => (
          <rect key={start} className={styles.stall} x={start} width={end - start} height="1">
            <title>stall of {duration(end - start)}</title>
          </rect>
        ))}
        <path className={styles.reasoningMarks} d={marksOf(tokens, 'reasoning')} />
        <path className={styles.otherMarks} d={marksOf(tokens, 'other')} />
        <path className={styles.answerMarks} d={marksOf(tokens, 'answer')} />
      </svg>
      <svg {...lane(lanes.reads, high.reads)}>
        <path className={styles.readMarks} d={timeline.reads.map(({ at_ms: at }) => `M${at} 0V1`).join('')} />
      </svg>
      <text className={styles.lane} y={lanes.phases - 6}>
        Phases
      </text>
      <text className={styles.lane} y={lanes.tokens - 8}>
        Tokens, as high as their characters
      </text>
      <text className={styles.lane} y={lanes.reads - 4}>
        Reads of the socket
      </text>
    </>
  )
})

/** The first and last label stay inside. */
const anchorOf = (at: number, from: number, to: number): 'start' | 'middle' | 'end' => {
  const share = (at - from) / (to - from)
  return share < 0.03 ? 'start' : share > 0.97 ? 'end' : 'middle'
}

/** A mark a token, from the foot up; a long one is not more than twice as high as a usual one. */
function marksOf(tokens: readonly Token[], kind: Token['kind']): string {
  return tokens
    .filter((token) => token.kind === kind)
    .map(({ at, characters }) => `M${at} 1V${(1 - Math.min(1, 0.35 + characters / 20)).toFixed(2)}`)
    .join('')
}
