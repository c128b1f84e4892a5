import type { Draw, Point } from './drawing.ts'
import type { Option } from './engine.ts'

/** A place of a chart as the library names it. */
export interface Place {
  seriesIndex?: number
  dataIndex?: number
}

type Points = ReadonlyMap<string, Point>

/** The option with the texts of the points as its tips, unless it has its own. */
export function withTips(draw: Draw, byPlace: Points): Draw {
  const formatter = (given: unknown) => tipOf([given as Place | Place[]].flat(), byPlace)
  return (palette): Option => {
    const option = draw(palette)
    return { ...option, tooltip: { trigger: 'item', formatter, ...option.tooltip } }
  }
}

/** A line is as long as a tip may be wide; longer texts are broken between words. */
const tipWidth = 64

const tipOf = (places: readonly Place[], byPlace: Points): string =>
  places
    .flatMap(({ seriesIndex, dataIndex }) => byPlace.get(`${seriesIndex} ${dataIndex}`)?.text ?? [])
    .flatMap((text) => text.split('\n'))
    .map(broken)
    .join('\n')

function broken(text: string): string {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line !== '' && line.length + word.length >= tipWidth) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.join('\n')
}
