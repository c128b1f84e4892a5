/** Lines at the end of a terminal that are drawn again and again, below what is printed. */
export interface LiveBlock {
  /** Prints a line above. */
  print: (text: string) => void
  /** Leaves what is drawn where it is, because somebody else has written below it. */
  leave: () => void
  /** Takes the lines away, for good. */
  end: () => void
}

/** How often the lines are drawn, in ms: seldom enough not to disturb a clock. */
const redrawMs = 250

/** Opens a block that shows `lines()`; in a pipe there is none, and only `print` writes. */
export function openLiveBlock(stream: NodeJS.WriteStream, lines: () => readonly string[]): LiveBlock {
  if (!stream.isTTY)
    return {
      print: (text) => void stream.write(`${text}\n`),
      leave: () => undefined,
      end: () => undefined,
    }
  let height = 0
  const cleared = (): string => {
    const up = height > 1 ? `\u001b[${height - 1}A` : ''
    const text = height === 0 ? '' : `\r${up}\u001b[J`
    height = 0
    return text
  }
  const draw = (above = ''): void => {
    const clear = cleared()
    const shown = lines()
    height = shown.length
    stream.write(`${clear}${above}${shown.join('\n')}`)
  }
  const ticking = setInterval(draw, redrawMs)
  ticking.unref()
  return {
    print: (text) => draw(`${text}\n`),
    leave: () => {
      height = 0
    },
    end: () => {
      clearInterval(ticking)
      stream.write(cleared())
    },
  }
}
