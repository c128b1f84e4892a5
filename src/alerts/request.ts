/** A message as one HTTP request by POST. */
export interface Post {
  url: string
  headers: Readonly<Record<string, string>>
  body: string
}

/** A POST of JSON, of whole characters: half of one, escaped, is refused by many. */
export const postJson = (
  url: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Post => ({
  url,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body, (_, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  ),
})
