import { useSyncExternalStore } from 'react'
import { colourNames, type Palette } from './drawing.ts'

/** A canvas knows no custom properties, and one that holds `light-dark()` must be used to be resolved. */
function read(): Palette {
  const probe = document.createElement('i')
  document.body.append(probe)
  const style = getComputedStyle(probe)
  const colours = colourNames.map((name) => {
    probe.style.color = `var(--${name})`
    return [name, style.color]
  })
  const font = style.getPropertyValue('--font').trim()
  probe.remove()
  return { ...(Object.fromEntries(colours) as Palette), font }
}

let palette: Palette | null = null
const dark = matchMedia('(prefers-color-scheme: dark)')

function subscribe(listener: () => void) {
  const changed = () => {
    palette = null
    listener()
  }
  addEventListener('themechange', changed)
  dark.addEventListener('change', changed)
  return () => {
    removeEventListener('themechange', changed)
    dark.removeEventListener('change', changed)
  }
}

/** The colours of the theme that is shown. */
export const usePalette = (): Palette => useSyncExternalStore(subscribe, () => (palette ??= read()))
