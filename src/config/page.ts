import { withParagraph } from '../report/with-paragraph.ts'
import { fileSettings } from './settings.ts'

/** docs/config-file.md with the table of the settings. */
export const withSettings = (page: string): string =>
  withParagraph(page, [
    '| setting | variable | meaning |',
    '| --- | --- | --- |',
    ...Object.entries(fileSettings).map(
      ([name, { variable, about }]) => `| \`${name}\` | \`${variable}\` | ${about} |`,
    ),
  ])
