import { type RefObject, useEffect, useRef, useState } from 'react'
import type { Draw } from './drawing.ts'
import type { init } from './engine.ts'
import { lookOf } from './look.ts'
import { usePalette } from './palette.ts'

type Drawn = ReturnType<typeof init>

// It comes while the data do. Whoever draws hears that it did not.
const loading = import('./engine.ts')
loading.catch(() => undefined)

let turn = Promise.resolve()

/** Charts that come together are made one a frame, so that no task of the browser is a long one. */
const nextTurn = (): Promise<void> =>
  (turn = turn.then(() => new Promise<void>((go) => requestAnimationFrame(() => setTimeout(go)))))

/** A canvas in a box: it grows with the box, follows the theme and goes with the component. `hasFailed` if the library did not load. */
export function useCanvas(draw: Draw): {
  box: RefObject<HTMLDivElement | null>
  chart: Drawn | null
  hasFailed: boolean
} {
  const box = useRef<HTMLDivElement>(null)
  const palette = usePalette()
  const [chart, setChart] = useState<Drawn | null>(null)
  const [hasFailed, setFailed] = useState(false)
  useEffect(() => {
    let made: Drawn | null = null
    let isGone = false
    const observer = new ResizeObserver(() => made?.resize())
    const make = async () => {
      const engine = await loading
      await nextTurn()
      if (isGone || box.current === null) return
      made = engine.init(box.current, lookOf(palette))
      observer.observe(box.current)
      setChart(made)
    }
    make().catch(() => setFailed(true))
    return () => {
      isGone = true
      observer.disconnect()
      made?.dispose()
      setChart(null)
    }
  }, [palette])
  useEffect(() => {
    if (chart !== null && !chart.isDisposed()) chart.setOption(draw(palette), { notMerge: true })
  }, [chart, draw, palette])
  return { box, chart, hasFailed }
}
