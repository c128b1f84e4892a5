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
let inTurn = 0

/** Charts that come together are made two a frame: no task of the browser is a long one, and the page is painted seldom. */
function nextTurn(): Promise<void> {
  if (inTurn % 2 === 0)
    turn = turn.then(() => new Promise<void>((go) => requestAnimationFrame(() => setTimeout(go))))
  inTurn += 1
  return turn
}

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
    // It is told of a box at once, as large as the canvas was made, and to resize is to draw again.
    const observer = new ResizeObserver(() => {
      const { clientWidth, clientHeight } = box.current ?? { clientWidth: 0, clientHeight: 0 }
      if (made?.getWidth() !== clientWidth || made.getHeight() !== clientHeight) made?.resize()
    })
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
