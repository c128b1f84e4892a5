import { CustomChart, LineChart } from 'echarts/charts'
import { GridComponent, MarkLineComponent } from 'echarts/components'
import { init, use as register } from 'echarts/core'
import { LabelLayout } from 'echarts/features'
import { SVGRenderer } from 'echarts/renderers'
import { Markup } from './html.ts'
import { type Area, type Axis, axisOf, type Line, text } from './sweep-marks.ts'

// The only file of src that loads the library, when a page is made: `import type` elsewhere.

register([CustomChart, LineChart, GridComponent, MarkLineComponent, LabelLayout, SVGRenderer])

/** A drawing, in pixels of a reader's screen. */
interface Size {
  width: number
  height: number
}

type Option = Parameters<ReturnType<typeof init>['setOption']>[0]
type RenderItem = (parameters: unknown, api: Api) => object

/** What the library gives to whoever draws an item. */
interface Api {
  value: (dimension: number) => number
  coord: (place: [number, number]) => [number, number]
}

/** Beside a line that lies on another its interval would hide: each has its own place, in pixels. */
const apart = 4

const lineSeries = ({ name, slot, dashed, points }: Line, shift: number): object => ({
  type: 'line',
  name,
  silent: true,
  symbolSize: 7,
  symbolOffset: [shift * apart, 0],
  clip: false,
  lineStyle: { width: 1.75, color: `var(--series-${slot})`, type: dashed ? [5, 4] : 'solid' },
  itemStyle: { color: `var(--series-${slot})`, borderWidth: 0 },
  labelLayout: { hideOverlap: true },
  data: points.map(({ x, y, label, beside, marked, faint }) => ({
    value: [x, y],
    symbol: marked === true ? 'diamond' : 'circle',
    symbolSize: marked === true ? 13 : 7,
    itemStyle: faint ? { color: 'var(--bg)', borderColor: `var(--series-${slot})`, borderWidth: 1.5 } : {},
    label: {
      show: label !== null,
      formatter: (label ?? '').replaceAll(/[{}]/g, ''),
      position: beside === 'right' ? 'right' : 'top',
      align: beside === 'left' ? 'right' : undefined,
      offset: beside === 'left' ? [-6, 0] : [0, 0],
      distance: 7,
      ...text,
      color: marked === true ? 'var(--text)' : 'var(--dim)',
    },
  })),
})

/** The intervals of a line: from end to end, dotted towards an end that the sample is too small for. */
function intervalSeries({ slot, points }: Line, shift: number): object {
  const renderItem: RenderItem = (_, api) => {
    const { x, y, low, high } = points[api.value(2)] ?? { x: 0, y: 0, low: null, high: null }
    const at = (value: number | null) => (value === null ? null : api.coord([x, value])[1])
    const [across, middle] = api.coord([x, y])
    const place = across + shift * apart
    const [bottom, top] = [at(low), at(high)]
    const cap = (end: number | null) => (end === null ? '' : `M${place - 3} ${end}h6`)
    const style = { stroke: `var(--series-${slot})`, fill: 'none', lineWidth: 1.25 }
    const whole = `M${place} ${bottom ?? middle}V${top ?? middle}${cap(bottom)}${cap(top)}`
    const open = [
      bottom === null ? `M${place} ${middle}v14` : '',
      top === null ? `M${place} ${middle}v-14` : '',
    ].join('')
    return {
      type: 'group',
      children: [
        { type: 'path', shape: { pathData: whole }, style },
        ...(open === ''
          ? []
          : [{ type: 'path', shape: { pathData: open }, style: { ...style, lineDash: [1, 3] } }]),
      ],
    }
  }
  const data = points.flatMap(({ x, y, low, high }, index) =>
    low === null && high === null ? [] : [[x, high ?? y, index]],
  )
  return { type: 'custom', silent: true, clip: false, z: 1, renderItem, data, encode: { x: 0, y: 1 } }
}

/** Draws lines over two axes. */
export function drawLines(lines: readonly Line[], { x, y }: { x: Axis; y: Axis }, size: Size): Markup {
  const middle = (lines.length - 1) / 2
  const series = lines.flatMap((line, place) => {
    const shift = x.categories === undefined ? 0 : place - middle
    return [lineSeries(line, shift), intervalSeries(line, shift)]
  })
  const grid = { left: 2, right: 24, top: 20, bottom: 6, outerBoundsMode: 'same', outerBoundsContain: 'all' }
  return draw({ grid, xAxis: axisOf(x, false), yAxis: axisOf(y, true), series }, size)
}

/** Draws areas in lanes over time, from 0 to `untilMs`. */
export function drawLanes(
  areas: readonly Area[],
  { lanes, untilMs }: { lanes: number; untilMs: number },
  size: Size,
): Markup {
  const series = areas
    .filter(({ pieces }) => pieces.length > 0)
    .map(({ colour, opacity, pieces }) => {
      const renderItem: RenderItem = (_, api) => {
        const height = (api.coord([0, 0])[1] - api.coord([0, 1])[1]) * 0.72
        const paths = pieces.map(({ lane, from, to }) => {
          const [left, middle] = api.coord([from, lane + 0.5])
          const width = Math.max(0.5, api.coord([to, 0])[0] - left)
          const [a, b, w, h] = [left, middle - height / 2, width, height].map((value) => value.toFixed(1))
          return `M${a} ${b}h${w}v${h}h-${w}z`
        })
        return {
          type: 'path',
          shape: { pathData: paths.join('') },
          style: { fill: `var(--${colour})`, opacity },
        }
      }
      return { type: 'custom', silent: true, clip: true, renderItem, data: [[0, 0]] }
    })
  const grid = { left: 2, right: 18, top: 2, bottom: 6, outerBoundsMode: 'same', outerBoundsContain: 'all' }
  const axis = axisOf({ name: '', unit: 'ms' }, false)
  // The end of the axis is the end of the level, which is no round number.
  const xAxis = { ...axis, min: 0, max: untilMs, axisLabel: { ...axis.axisLabel, showMaxLabel: false } }
  const yAxis = { type: 'value', min: 0, max: lanes, inverse: true, show: false }
  return draw({ grid, xAxis, yAxis, series }, size)
}

/** Draws without a browser. Its colours are custom properties of the page, so that one drawing serves both themes. */
function draw(option: Option, { width, height }: Size): Markup {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    chart.setOption({ animation: false, ...option } as Option)
    return new Markup(leaned(chart.renderToSVGString()))
  } finally {
    chart.dispose()
  }
}

/**
 * The drawing alone: what it has for a script, and styles that our policy forbids, make half of it. Where nothing
 * is clipped it has no ids, which several drawings in one page would share.
 */
const leaned = (svg: string): string =>
  svg
    .replaceAll(/<style[^]*?<\/style>|<defs[^]*?<\/defs>|<rect[^>]*fill="none"[^>]*><\/rect>/g, '')
    .replaceAll(
      / (?:class|style|pointer-events|ecmeta_\w+|xml:space|clip-path|xmlns(?::xlink)?|version|baseProfile|stroke-linecap|stroke-linejoin)="[^"]*"/g,
      '',
    )
    .replace(/^<svg width="[\d.]+" height="[\d.]+"/, '<svg aria-hidden="true" focusable="false"')
    .replaceAll(/ (?:d|transform)="[^"]*"/g, (numbers) => numbers.replaceAll(/(\.\d)\d+/g, '$1'))
    .replaceAll(/><\/path>/g, '/>')
    .replaceAll(/\n+/g, '\n')
    .trim()
