import styles from './icon.module.css'

// On a grid of 16, filled or stroked with the colour of the text. They decorate a word, which says the same.

const filled = {
  up: 'M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3Z',
  failing: 'M8 2.2 14.6 13.6H1.4Z',
  paused: 'M4.5 3.5h2.5v9H4.5zM9 3.5h2.5v9H9z',
} as const

const stroked = {
  down: 'M4 4l8 8M12 4l-8 8',
  stale: 'M8 2.8a5.2 5.2 0 1 0 0 10.4A5.2 5.2 0 0 0 8 2.8ZM8 5v3.2l2 1.3',
  unknown: 'M8 3.6a4.4 4.4 0 1 0 0 8.8 4.4 4.4 0 0 0 0-8.8Z',
  ascending: 'M8 12.5v-9M4.5 7 8 3.5 11.5 7',
  descending: 'M8 3.5v9M4.5 9 8 12.5 11.5 9',
  minor: 'M8 3.2 13.8 13H2.2Z',
  info: 'M8 2.8a5.2 5.2 0 1 0 0 10.4A5.2 5.2 0 0 0 8 2.8ZM8 7.4v3.2M8 5.3v.1',
  bell: 'M4 11.5h8c-1-1.2-1-2.3-1-4.2a3 3 0 0 0-6 0c0 1.9 0 3-1 4.2ZM6.8 13.4h2.4M8 2.6v1.6',
  close: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  search: 'M7 2.8a4.2 4.2 0 1 0 0 8.4 4.2 4.2 0 0 0 0-8.4ZM10.2 10.2l3 3',
  light:
    'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6ZM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9',
  dark: 'M13 9.6A5.4 5.4 0 0 1 6.4 3 5.4 5.4 0 1 0 13 9.6Z',
  system: 'M2.5 3.5h11v7h-11zM6 13.2h4M8 10.5v2.7',
  more: 'M4.5 6.5 8 10l3.5-3.5',
  key: 'M5.5 5.5a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6ZM8.3 8.3h5.2v2.2M11 8.3v1.6',
} as const

export type IconName = keyof typeof filled | keyof typeof stroked

/** A picture of 16 px beside a word. */
export function Icon({ name }: { name: IconName }) {
  const isFilled = name in filled
  const path = { ...filled, ...stroked }[name]
  return (
    <svg className={isFilled ? styles.filled : styles.stroked} viewBox="0 0 16 16" aria-hidden="true">
      <path d={path} />
    </svg>
  )
}
