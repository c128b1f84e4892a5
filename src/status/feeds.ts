import { html, Markup } from '../report/html.ts'
import { type Story, type Update, updatedAt } from './stories.ts'
import type { View } from './view.ts'
import { momentText } from './words.ts'

const declaration = new Markup('<?xml version="1.0" encoding="UTF-8"?>')

/** Where a reader is sent for a story. */
const linkOf = (base: string, { id }: Story): string => `${base}/status#${id}`

const urn = (id: string): string => `urn:uuid:${id}`

/** What was said of a story, the latest first, as text. */
const textOf = ({ updates }: Story): string =>
  updates
    .toReversed()
    .map(({ state, at, body }: Update) => `${momentText(at)} UTC, ${state}: ${body}`)
    .join('\n\n')

/** The latest first, by when something was last said. */
const latest = (view: View): Story[] =>
  view.stories.toSorted((one, other) => updatedAt(other).getTime() - updatedAt(one).getTime())

/** The stories as RSS 2.0; `base`: where the server is, such as `https://status.example`. */
export const rssOf = (view: View, title: string, base: string): string =>
  html`${declaration}
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>${title}</title>
<link>${base}/status</link>
<description>${title}: incidents</description>
<atom:link href="${base}/status/history.rss" rel="self" type="application/rss+xml"/>
${latest(view).map(
  (story) =>
    html`<item>
<title>${story.title}</title>
<link>${linkOf(base, story)}</link>
<guid isPermaLink="false">${urn(story.id)}</guid>
<pubDate>${story.startedAt.toUTCString()}</pubDate>
<description>${textOf(story)}</description>
</item>`,
)}
</channel>
</rss>
`.text

/** The same as Atom. */
export const atomOf = (view: View, title: string, base: string): string =>
  html`${declaration}
    <feed xmlns="http://www.w3.org/2005/Atom">
      <title>${title}</title>
      <id>${base}/status</id>
      <link href="${base}/status" />
      <link rel="self" href="${base}/status/history.atom" />
      <updated>${(latest(view).map(updatedAt)[0] ?? view.at).toISOString()}</updated>
      <author><name>${title}</name></author>
      ${latest(view).map(
        (story) =>
          html`<entry>
            <id>${urn(story.id)}</id>
            <title>${story.title}</title>
            <link href="${linkOf(base, story)}" />
            <published>${story.startedAt.toISOString()}</published>
            <updated>${updatedAt(story).toISOString()}</updated>
            <content type="text">${textOf(story)}</content>
          </entry>`,
      )}
    </feed> `.text
