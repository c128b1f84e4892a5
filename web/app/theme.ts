import { useState } from 'react'

/** The theme that a person chose; `system` follows the system. */
export type Theme = 'system' | 'light' | 'dark'

const order = ['system', 'light', 'dark'] as const

const key = 'theme'

function stored(): Theme {
  const set = document.documentElement.dataset['theme']
  return set === 'light' || set === 'dark' ? set : 'system'
}

/** Applies and keeps a theme; public/theme.js applies it before the next first paint. */
function apply(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
  try {
    if (theme === 'system') localStorage.removeItem(key)
    else localStorage.setItem(key, theme)
  } catch {
    // It lasts as long as the page.
  }
  // Canvases read their colours once.
  dispatchEvent(new Event('themechange'))
}

/** The theme, and how to switch to the next. */
export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState(stored)
  const next = () => {
    const following = order[(order.indexOf(theme) + 1) % order.length] ?? 'system'
    apply(following)
    setTheme(following)
  }
  return [theme, next]
}
