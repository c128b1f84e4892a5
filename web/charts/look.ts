import type { Palette } from './drawing.ts'

/** How every chart looks, for the library: hairlines, small dim text, no motion. An option says only what is its own. */
export function lookOf(palette: Palette): object {
  const text = { color: palette.mute, fontFamily: palette.font, fontSize: 12 }
  const axis = {
    axisLine: { lineStyle: { color: palette.control } },
    axisTick: { show: false },
    axisLabel: { ...text, hideOverlap: true },
    nameTextStyle: { ...text, color: palette.dim },
    splitLine: { lineStyle: { color: palette.border } },
  }
  const upright = { ...axis, axisLine: { show: false } }
  return {
    animation: false,
    backgroundColor: 'transparent',
    textStyle: text,
    color: [1, 2, 3, 4, 5, 6, 7, 8].map((slot) => palette[`series-${slot}` as 'series-1']),
    grid: { left: 4, right: 16, top: 8, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'all' },
    categoryAxis: { ...axis, splitLine: { show: false } },
    timeAxis: { ...axis, splitLine: { show: false }, nameLocation: 'middle', nameGap: 28 },
    valueAxis: upright,
    logAxis: upright,
    line: { symbol: 'none', smooth: false, connectNulls: false, lineStyle: { width: 1.5 } },
    tooltip: {
      // The policy of our pages allows no markup with styles in it.
      renderMode: 'richText',
      confine: true,
      transitionDuration: 0,
      backgroundColor: palette.text,
      borderWidth: 0,
      padding: [6, 10],
      shadowBlur: 0,
      textStyle: { ...text, color: palette.bg, lineHeight: 16 },
      axisPointer: { lineStyle: { color: palette.control, type: 'solid' }, animation: false },
    },
  }
}
