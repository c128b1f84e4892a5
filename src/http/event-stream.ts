import { setTimeout as pause } from 'node:timers/promises'

/** A frame of a stream of server-sent events. */
export interface Frame {
  /** What a reader that is cut off sends as Last-Event-ID; without it the one before stays. */
  id?: string
  event: string
  data: unknown
}

/** How a stream is kept. */
export interface StreamParts {
  /** The frames, which end with the signal. */
  frames: (signal: AbortSignal) => AsyncIterable<Frame>
  /** The server ends, or the function's time: the reader comes again. */
  closing: AbortSignal
  /** Frames came to an end by an error, which is for the log alone. */
  onError: (error: unknown) => void
  headers?: Record<string, string>
  heartbeatMs?: number
}

/** Proxies close what is silent for half a minute. */
const usualHeartbeatMs = 15_000

/** When a reader that was cut off is to come again, in ms. */
const retryMs = 1000

/** JSON has no line breaks, so a frame's data is one line. */
const frameText = ({ id, event, data }: Frame): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`

/**
 * Answers with server-sent events. Something is sent at once, so that nobody waits for the headers, and a comment every 15 s. A
 * frame is made only when the reader has taken the one before.
 */
export function eventStream({ frames, closing, onError, ...more }: StreamParts): Response {
  const left = new AbortController()
  const stop = AbortSignal.any([left.signal, closing])
  const texts = textsOf(frames(stop)[Symbol.asyncIterator](), more.heartbeatMs ?? usualHeartbeatMs)
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const text = await texts.take().catch((error: unknown) => {
          onError(error)
          return frameText(failed)
        })
        if (text !== null) controller.enqueue(encoder.encode(text))
        else if (stop.aborted) controller.enqueue(encoder.encode(comeAgain))
        if (texts.isOver()) controller.close()
      },
      cancel: async () => {
        left.abort()
        await texts.end()
      },
    },
    { highWaterMark: 0 },
  )
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      ...more.headers,
    },
  })
}

const comeAgain = ': come again with the last id\n\n'

/** Frames as texts, with comments while there are none; null at the end. */
function textsOf(frames: AsyncIterator<Frame>, heartbeatMs: number) {
  let first: string | null = `retry: ${retryMs}\n: firsttoken\n\n`
  let next: Promise<IteratorResult<Frame>> | null = null
  let isOver = false
  return {
    isOver: () => isOver,
    take: async (): Promise<string | null> => {
      const hello = first
      first = null
      if (hello !== null) return hello
      try {
        next ??= frames.next()
        const step = await orSilence(next, heartbeatMs)
        if (step === null) return ': \n\n'
        next = null
        if (step.done !== true) return frameText(step.value)
        isOver = true
        return null
      } catch (error) {
        isOver = true
        throw error
      }
    },
    /** Whoever waits at a frame ends too. */
    end: async () => void (await frames.return?.()),
  }
}

/** What a reader is told of an error. `error` is the name of an event that browsers make themselves. */
const failed: Frame = {
  event: 'stream_failed',
  data: { detail: 'the events cannot be read now; the log says more' },
}

/** What comes; null if nothing does for so long. */
async function orSilence<Output>(coming: Promise<Output>, ms: number): Promise<Output | null> {
  const over = new AbortController()
  const silence = pause(ms, null, { signal: over.signal }).catch(() => null)
  try {
    return await Promise.race([coming, silence])
  } finally {
    over.abort()
  }
}
