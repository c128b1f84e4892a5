import { type KeyboardEvent, type PointerEvent, useState } from 'react'

/** One of `n` cells beside each other that the pointer or the arrow keys choose, and what the element needs for it. */
export function useChosen(n: number) {
  const [chosen, choose] = useState<number | null>(null)
  const last = n - 1
  const at = chosen ?? last
  const chooseWithin = (next: number) => choose(Math.min(last, Math.max(0, next)))
  const slider = {
    role: 'slider',
    tabIndex: 0,
    'aria-valuemin': 1,
    'aria-valuemax': n,
    'aria-valuenow': at + 1,
    onKeyDown: (event: KeyboardEvent) => {
      const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key]
      if (next === undefined) return
      event.preventDefault()
      chooseWithin(next)
    },
    onBlur: () => choose(null),
    onPointerMove: ({ currentTarget, clientX }: PointerEvent) => {
      const { left, width } = currentTarget.getBoundingClientRect()
      chooseWithin(Math.floor(((clientX - left) / width) * n))
    },
    onPointerLeave: () => choose(null),
  } as const
  return { chosen, at, slider, chooseLast: () => choose(last) }
}
