import { fit, forDiscord, forSlack, forTelegram, inBytes } from './fit.ts'
import { linkTitle, markOf, type Message } from './message.ts'

// Messages of programs that people chat in: what each takes, in its own limits, with nothing that it could read as markup.

const marked = (message: Message): string => `${markOf(message)} ${message.title}`

/**
 * Slack: blocks of plain text, which know no markup but mentions and links, and the same as `text` for notifications.
 * docs.slack.dev/reference/block-kit/blocks: a header takes 150 characters, a section 3000.
 */
export function slackMessage(message: Message): object {
  return {
    text: fit(`${marked(message)}\n${message.text}`, { most: 3000, escape: forSlack }),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: slackText(marked(message), 150) },
      { type: 'section', text: slackText(message.text, 3000) },
      ...(message.link === null
        ? []
        : [
            {
              type: 'section',
              text: {
                type: 'mrkdwn',
                text: `<${fit(message.link, { most: 2000, escape: forSlack })}|${linkTitle(message)}>`,
              },
            },
          ]),
    ],
  }
}

const slackText = (text: string, most: number) => ({
  type: 'plain_text',
  text: fit(text, { most, escape: forSlack }),
  emoji: false,
})

/** Discord: 2000 characters, nobody mentioned, no previews of links. docs.discord.com/developers/resources/webhook */
export function discordMessage(message: Message): object {
  const most = 2000
  const title = `**${fit(marked(message), { most: 400, escape: forDiscord })}**`
  const link = message.link === null ? '' : `\n<${message.link}>`
  const text = fit(message.text, { most: most - title.length - link.length - 1, escape: forDiscord })
  return { content: `${title}\n${text}${link}`, allowed_mentions: { parse: [] }, flags: suppressEmbeds }
}
const suppressEmbeds = 1 << 2

/**
 * Microsoft Teams, by a workflow that posts what a webhook receives. Runs of text know no Markdown. A message has 28 KB at most.
 * learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
 */
export function teamsMessage(message: Message): object {
  const all = fit(message.text, { most: 8000, measure: inBytes }).split('\n')
  const lines = all.length > mostLines ? [...all.slice(0, mostLines - 1), '…'] : all
  const title = fit(marked(message), { most: 1000, measure: inBytes })
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          fallbackText: title,
          msteams: { width: 'Full' },
          body: [
            teamsLine(title, { weight: 'Bolder', size: 'Medium' }),
            ...lines.map((text) => teamsLine(text)),
          ],
          actions:
            message.link === null
              ? []
              : [{ type: 'Action.OpenUrl', title: linkTitle(message), url: message.link }],
        },
      },
    ],
  }
}

/** What each adds to its text is some 80 bytes. */
const mostLines = 60

const teamsLine = (text: string, style: object = {}) => ({
  type: 'RichTextBlock',
  inlines: [{ type: 'TextRun', text, ...style }],
})

/** Telegram: 4096 characters without markup, no previews of links. core.telegram.org/bots/api#sendmessage */
export function telegramMessage(message: Message, chat: string): object {
  const link = message.link === null ? '' : `\n${message.link}`
  const text = fit(`${marked(message)}\n${message.text}`, { most: 4096 - link.length, escape: forTelegram })
  return { chat_id: chat, text: text + link, link_preview_options: { is_disabled: true } }
}

/** ntfy, published as JSON: 4096 bytes of plain text. docs.ntfy.sh/publish/#publish-as-json */
export function ntfyMessage(message: Message, topic: string): object {
  return {
    topic,
    title: fit(message.title, { most: 250, measure: inBytes }),
    message: fit(message.text, { most: 4096, measure: inBytes }),
    tags: [ntfyTagOf(message)],
    priority: message.over ? ntfyPriorities.info : ntfyPriorities[message.severity],
    ...(message.link !== null && { click: message.link }),
  }
}
const ntfyTagOf = ({ severity, over, recovered }: Message): string =>
  over ? (recovered ? 'white_check_mark' : 'white_circle') : ntfyTags[severity]

const ntfyTags = {
  info: 'information_source',
  minor: 'warning',
  major: 'warning',
  critical: 'rotating_light',
}
/** From 1 to 5; 3 is the default. */
const ntfyPriorities = { info: 2, minor: 3, major: 4, critical: 5 }
