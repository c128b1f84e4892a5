import type { ProviderEntry } from '../core/provider.ts'
import { withParagraph } from './with-paragraph.ts'

type Described = Pick<ProviderEntry, 'id' | 'name' | 'keyNames' | 'baseUrlName'>

/** docs/configuration.md with the table of these providers. */
export const withProviderTable = (page: string, entries: readonly Described[]): string =>
  withParagraph(page, [
    '| provider | key | base URL |',
    '| --- | --- | --- |',
    ...entries.map(
      ({ id, name, keyNames, baseUrlName }) =>
        `| \`${id}\` ${name} | ${keyNames.map((key) => `\`${key}\``).join(', ')} | \`${baseUrlName}\` |`,
    ),
  ])

/** .env.example with the keys of these providers. */
export const withKeyLines = (example: string, entries: readonly Described[]): string =>
  withParagraph(example, [
    '# ── Providers: one is called when its key is set ─────────────────────────────',
    ...entries.flatMap(({ keyNames: [first, ...others] }) => [
      ...(others.length > 0 ? [`# or ${others.join(' or ')}`] : []),
      `${first}=`,
    ]),
  ])
