import { type ReactNode, useId, useState } from 'react'
import { Button } from '../ui/button.tsx'
import styles from './chart.module.css'
import type { Draw, Point } from './drawing.ts'
import { Plot } from './plot.tsx'
import type { Zoom } from './use-span.ts'

/**
 * A chart with its title, what it rests on, and the same as a table. The library comes by itself, in a chunk of its own.
 * Axis titles with units belong in the option; without points, `empty` says why.
 */
export function Chart({
  title,
  meaning,
  ground,
  draw,
  points,
  table,
  height = 280,
  empty = 'Nothing was measured in this time.',
  view,
  onView,
  onPick,
  zoom,
  children,
}: {
  title: string
  /** What is shown, in a sentence, for a title. */
  meaning?: string | undefined
  /** n, window and step of what is drawn. */
  ground?: ReactNode
  draw: Draw
  /** In the order of the arrow keys. */
  points: readonly Point[]
  /** The same as rows, or what makes them when they are looked at. */
  table: ReactNode | (() => ReactNode)
  height?: number
  empty?: ReactNode
  /** Which of the two is shown; without it the chart keeps that itself. */
  view?: 'chart' | 'table'
  onView?: (view: 'chart' | 'table') => void
  onPick?: (point: Point) => void
  /** Lets a stretch of time be chosen. */
  zoom?: Zoom | undefined
  /** Keys of colours and what else stands under the title. */
  children?: ReactNode
}) {
  const id = useId()
  const [own, setOwn] = useState<'chart' | 'table'>('chart')
  const isTable = (view ?? own) === 'table'
  const turn = () => (onView ?? setOwn)(isTable ? 'chart' : 'table')
  return (
    <figure className={styles.chart} aria-labelledby={id}>
      <figcaption className={styles.head}>
        <h2 id={id} title={meaning}>
          {title}
        </h2>
        {ground !== undefined && <span className={styles.ground}>{ground}</span>}
        <Button kind="quiet" className={styles.turn} aria-pressed={isTable} onClick={turn}>
          Table<span className="hidden"> of {title}</span>
        </Button>
      </figcaption>
      {children}
      {points.length === 0 ? (
        <p className={styles.none} style={{ height }}>
          {empty}
        </p>
      ) : isTable ? (
        <div className={styles.table}>{typeof table === 'function' ? table() : table}</div>
      ) : (
        <Plot
          label={title}
          height={height}
          draw={draw}
          points={points}
          {...(onPick && { onPick })}
          {...(zoom && { zoom })}
        />
      )}
    </figure>
  )
}
