/** A frame of a stream of server-sent events. */
export interface Frame {
  /** What a reader that is cut off sends as Last-Event-ID; without it the one before stays. */
  id?: string
  event: string
  /** Its data, which has no line breaks as JSON. */
  json: string
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

const frameText = ({ id, event, json }: Frame): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${json}\n\n`

/**
 * Answers with server-sent events. Something is sent at once, so that nobody waits for the headers, and a comment every 15 s. A
 * frame is made only when the reader has taken the one before.
 */
export function eventStream({ frames, closing, onError, ...more }: StreamParts): Response {
  const left = new AbortController()
  const stop = AbortSignal.any([left.signal, closing])
  const texts = textsOf(frames(stop)[Symbol.asyncIterator](), more.heartbeatMs ?? usualHeartbeatMs)
  let isOver = false
  const stream: TextStream = {
    next: async () => {
      if (isOver) return null
      const text = await texts.take().catch((error: unknown) => {
        onError(error)
        return frameText(failed)
      })
      isOver = texts.isOver()
      return text ?? (stop.aborted ? comeAgain : null)
    },
    leave: async () => {
      left.abort()
      await texts.end().catch(onError)
    },
  }
  const body = bodyOf(stream)
  streams.set(body, stream)
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      ...more.headers,
    },
  })
}

/** Texts that are sent one after another. */
export interface TextStream {
  /** The next one; null after the last. */
  next: () => Promise<string | null>
  /** The reader is gone. */
  leave: () => Promise<void>
}

const streams = new WeakMap<ReadableStream, TextStream>()

/**
 * What the body of a response of `eventStream` is made of, for a server that sends it itself: a reader of a body costs 30 KB more.
 * Null for any other response.
 */
export const textStreamOf = ({ body }: Response): TextStream | null =>
  body === null ? null : (streams.get(body) ?? null)

function bodyOf({ next, leave }: TextStream): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const text = await next()
        if (text === null) controller.close()
        else controller.enqueue(encoder.encode(text))
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  )
}

const comeAgain = ': come again with the last id\n\n'

/** Frames as texts, with comments while there are none; null at the end. */
function textsOf(frames: AsyncIterator<Frame>, heartbeatMs: number) {
  let first: string | null = `retry: ${retryMs}\n: firsttoken\n\n`
  let next: Promise<IteratorResult<Frame>> | null = null
  let isHere = false
  let wake: (() => void) | null = null
  let isOver = false
  const arrive = () => {
    isHere = true
    wake?.()
  }
  /** Waits until a frame is here, or for a while. */
  const wait = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, heartbeatMs).unref()
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
      if (isHere) wake?.()
    })
  const take = async (): Promise<string | null> => {
    const hello = first
    first = null
    if (hello !== null) return hello
    if (next === null) {
      isHere = false
      next = frames.next()
      // Once for each frame: a race would leave something behind at every comment.
      next.then(arrive, arrive)
    }
    await wait()
    if (!isHere) return ': \n\n'
    const step = await next
    next = null
    isOver = step.done === true
    return step.done === true ? null : frameText(step.value)
  }
  return {
    isOver: () => isOver,
    take: () =>
      take().catch((error: unknown) => {
        isOver = true
        throw error
      }),
    /** Whoever waits at a frame ends too. */
    end: async () => void (await frames.return?.()),
  }
}

/** What a reader is told of an error. `error` is the name of an event that browsers make themselves. */
const failed: Frame = {
  event: 'stream_failed',
  json: JSON.stringify({ detail: 'the events cannot be read now; the log says more' }),
}
