import { type RefObject, useEffect, useRef, useState } from 'react'

/** Whether a place of the page has ever been near what is seen of it: what is below need not be read or drawn before. */
export function useSeen(): { place: RefObject<HTMLElement | null>; isSeen: boolean } {
  const place = useRef<HTMLElement>(null)
  const [isSeen, setSeen] = useState(false)
  useEffect(() => {
    const observer = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && setSeen(true),
      { rootMargin: '100px' },
    )
    if (place.current !== null && !isSeen) observer.observe(place.current)
    return () => observer.disconnect()
  }, [isSeen])
  return { place, isSeen }
}
