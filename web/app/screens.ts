/** The screens in the top bar, in order; a screen is here once it is built. */
export const screens = [
  { to: '/', label: 'Now' },
  { to: '/incidents', label: 'Incidents' },
  { to: '/compare', label: 'Compare' },
  { to: '/benchmark', label: 'Benchmark' },
  { to: '/lab', label: 'Load lab' },
  { to: '/chat', label: 'Chat' },
  { to: '/history', label: 'History' },
  { to: '/models', label: 'Models' },
  { to: '/spend', label: 'Spend' },
  { to: '/settings', label: 'Settings' },
] as const
