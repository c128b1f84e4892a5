import { asObject } from '../core/json.ts'
import { withParagraph } from './with-paragraph.ts'

/** The kinds of problems, each with its status and title. */
type Kinds = Readonly<Record<string, readonly [status: number, title: string]>>

/** docs/api.md with the endpoints of an OpenAPI document, and with these problems. */
export function withEndpoints(page: string, document: { paths?: unknown }, kinds: Kinds): string {
  const rows = Object.entries(asObject(document.paths) ?? {}).flatMap(([path, methods]) =>
    Object.entries(asObject(methods) ?? {}).map(([method, operation]) => {
      const { summary, 'x-access': access } = asObject(operation) ?? {}
      return `| \`${method.toUpperCase()} ${path}\` | ${String(access)} | ${String(summary)} |`
    }),
  )
  const problems = Object.entries(kinds).map(
    ([kind, [status, title]]) => `| \`${kind}\` | ${status} | ${title} |`,
  )
  return withParagraph(
    withParagraph(page, ['| endpoint | access | what it does |', '| --- | --- | --- |', ...rows]),
    ['| problem | status | what it means |', '| --- | --- | --- |', ...problems],
  )
}
