import type { ProviderEntry } from '../core/provider.ts'

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

/**
 * The text with the paragraph that begins with the same line replaced. Throws if there is none: it would be
 * lost silently.
 */
function withParagraph(text: string, lines: readonly [first: string, ...rest: string[]]): string {
  const paragraphs = text.split('\n\n')
  const at = paragraphs.findIndex((paragraph) => paragraph.split('\n')[0] === lines[0])
  if (at === -1) throw new Error(`no paragraph begins with ${lines[0]}`)
  return paragraphs.with(at, lines.join('\n')).join('\n\n')
}
