import type { EventFeed } from '../store/event-feed.ts'
import type { Frame } from './event-stream.ts'

/** Says that incidents may have changed, and no more: whoever shows them reads them anew. Without a cursor, since it is no event of a run. */
const changed: Frame = { event: 'incidents_changed', json: '{}' }

/** Frames, and between them one whenever incidents may have changed. Of several changes before the next is taken it makes one. */
export async function* withIncidents(
  frames: AsyncGenerator<Frame, void>,
  hear: EventFeed['onIncidents'],
): AsyncGenerator<Frame, void> {
  let bell = Promise.withResolvers<void>()
  let isChanged = false
  const leave = hear(() => {
    isChanged = true
    bell.resolve()
  })
  let next: Promise<IteratorResult<Frame, void>> | null = null
  let isHere = false
  const arrive = () => {
    isHere = true
    bell.resolve()
  }
  try {
    for (;;) {
      if (next === null) {
        isHere = false
        next = frames.next()
        // Once for each frame: a race would leave something behind at every change.
        next.then(arrive, arrive)
      }
      await bell.promise
      bell = Promise.withResolvers()
      if (isChanged) {
        isChanged = false
        yield changed
      }
      if (!isHere) continue
      const step: IteratorResult<Frame, void> = await next
      if (step.done === true) return
      next = null
      yield step.value
    }
  } finally {
    leave()
    await frames.return()
  }
}
