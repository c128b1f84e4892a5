/** By which share a price moved: `+50 %`, `−28 %`; nothing if it was free. */
export function moved(before: number, now: number): string {
  if (before === 0) return ''
  const share = Math.round((now / before - 1) * 100)
  return `${share > 0 ? '+' : share < 0 ? '−' : '±'}${Math.abs(share)} %`
}
