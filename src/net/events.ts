/** One server-sent event. */
export interface ServerEvent {
  data: string
  /** The type that its field `event` names. */
  event?: string | undefined
  /** The event ended with the body, not with a blank line, so it may be incomplete. */
  cut?: true
}

/** Receives what a stream consists of. */
interface EventListener {
  onEvent: (event: ServerEvent) => void
  onComment: () => void
  /** A line that is neither a field nor a comment, such as bare JSON. */
  onLine: (line: string) => void
}

/** A parser of server-sent events: feed it every piece of text. */
export interface EventParser {
  feed: (piece: string) => void
  /** Characters of the line and the event that are not complete yet. */
  pending: () => number
}

/**
 * Parses server-sent events as WHATWG's HTML standard, section 9.2.6, has them. Our own, because libraries drop
 * what is no field (eventsource-parser 4 does, if it arrives in pieces), and that is where errors are.
 */
export function eventParser({ onEvent, onComment, onLine }: EventListener): EventParser {
  let data: string | null = null
  let event: string | undefined
  const takeField = (line: string) => {
    const { name, value } = fieldIn(line)
    if (name === 'data') data = data === null ? value : `${data}\n${value}`
    else if (name === 'event') event = value === '' ? undefined : value
    else if (name !== 'id' && name !== 'retry') onLine(line)
  }
  const takeLine = (line: string) => {
    if (line === '') {
      if (data !== null) onEvent({ data, event })
      data = null
      event = undefined
    } else if (line.startsWith(':')) onComment()
    // Nearly every line of a stream; it needs no copy of its name.
    else if (data === null && line.startsWith('data: ')) data = line.slice(6)
    else takeField(line)
  }
  const lines = lineSplitter(takeLine)
  return { feed: lines.feed, pending: () => lines.pending() + (data?.length ?? 0) }
}

/** The name and value of a field; a line without a colon is a name. */
function fieldIn(line: string): { name: string; value: string } {
  const colon = line.indexOf(':')
  if (colon === -1) return { name: line, value: '' }
  return { name: line.slice(0, colon), value: line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1) }
}

/** Splits text that arrives in pieces at LF, CR and CRLF; a byte order mark at its beginning is left out. */
function lineSplitter(onLine: (line: string) => void): EventParser {
  let begun = false
  /** Whether the last piece ended with a carriage return: a line feed now belongs to it. */
  let skipLineFeed = false
  /** The pieces of a line that is not complete yet, and their length. */
  let pieces: string[] = []
  let waiting = 0

  /** Where the text of a piece begins. */
  const beginningOf = (piece: string): number => {
    const from = !begun && piece.startsWith('\uFEFF') ? 1 : 0
    begun = true
    const skipped = skipLineFeed && piece[from] === '\n'
    skipLineFeed = false
    return skipped ? from + 1 : from
  }
  const endLine = (end: string) => {
    const line = waiting === 0 ? end : pieces.join('') + end
    if (waiting > 0) pieces = []
    waiting = 0
    onLine(line)
  }
  const feed = (piece: string) => {
    if (piece === '') return
    const hasReturns = piece.includes('\r')
    let from = beginningOf(piece)
    for (let to = lineEnd(piece, from, hasReturns); to !== -1; to = lineEnd(piece, from, hasReturns)) {
      endLine(piece.slice(from, to))
      from = to + (piece.startsWith('\r\n', to) ? 2 : 1)
    }
    skipLineFeed = hasReturns && piece.endsWith('\r')
    if (from === piece.length) return
    pieces.push(piece.slice(from))
    waiting += piece.length - from
  }
  return { feed, pending: () => waiting }
}

/** Where the next line ends; -1 if it does not in this piece. */
function lineEnd(piece: string, from: number, hasReturns: boolean): number {
  if (!hasReturns) return piece.indexOf('\n', from)
  const ends = /[\r\n]/g
  ends.lastIndex = from
  return ends.exec(piece)?.index ?? -1
}
