import { validateHeaderName, validateHeaderValue } from 'node:http'
import type { ChannelKind } from '../core/incident.ts'
import { pairsOf } from '../core/percent.ts'
import type { Mail } from '../net/send-mail.ts'
import type { Message } from './message.ts'
import { discordMessage, ntfyMessage, slackMessage, teamsMessage, telegramMessage } from './message-chat.ts'
import { email } from './message-email.ts'
import { pagerdutyEvent } from './message-pagerduty.ts'
import { fillTemplate, templateProblem } from './message-template.ts'
import { secretKey, signed, webhookPayload } from './message-webhook.ts'
import { type Post, postJson } from './request.ts'

/** One setting of a kind of channel. */
export interface Field {
  needed: boolean
  /** Whether it may be written down: it is no secret. Others are only named, by the variable that holds them. */
  open: boolean
  /** Whoever gets it can use it. So its receiver is one that the environment names, or that is fixed. */
  credential?: true
  fallback?: string
  /** Why a value cannot be used, as the rest of a sentence without the value; null if it can. */
  problem: (value: string) => string | null
}

/** Values of a channel's fields. */
export type Values = Readonly<Record<string, string>>

/** A kind of channel. */
interface ChannelType {
  fields: Readonly<Record<string, Field>>
  /** Whether one message may tell of several incidents. */
  digests: boolean
  /** The message as it is sent; `now` is when. All that is needed is among the values. */
  request: (message: Message, values: Values, now: Date) => Post | Mail
}

const urlProblem =
  (protocols: readonly string[], example: string) =>
  (value: string): string | null =>
    protocols.includes(URL.parse(value)?.protocol ?? '') ? null : `must be a URL such as ${example}`
const webUrl = (example: string) => urlProblem(['http:', 'https:'], example)

/** An address that only who may post there knows. */
const secretUrl = (example: string): Field => ({ needed: true, open: false, problem: webUrl(example) })
const openUrl = (example: string): Field => ({ needed: true, open: true, problem: webUrl(example) })

const token = (needed: boolean): Field => ({
  needed,
  open: false,
  credential: true,
  problem: (value) =>
    /^[\x21-\x7e]+$/.test(value) ? null : 'holds a space or a character that no key has; copy it again',
})

const address = /^[^\s@<>,]+@[^\s@<>,]+$|^[^<>,\r\n]*<[^\s@<>,]+@[^\s@<>,]+>$/
const addresses = (many: boolean): Field => ({
  needed: true,
  open: true,
  problem: (value) => {
    const parts = many ? value.split(',') : [value]
    if (parts.every((part) => address.test(part.trim()))) return null
    return many
      ? 'must be addresses such as ops@example.com, separated by commas'
      : 'must be an address such as alerts@example.com'
  },
})

/** How each kind of channel is set, and what it is sent. The names of the fields are those of the variables. */
export const channelTypes: Readonly<Record<ChannelKind, ChannelType>> = {
  webhook: {
    digests: true,
    fields: {
      url: openUrl('https://example.com/alerts'),
      secret: {
        needed: false,
        open: false,
        problem: (value) =>
          secretKey(value) === null
            ? 'must be whsec_ and the base64 of 24 bytes or more: echo "whsec_$(openssl rand -base64 32)"'
            : null,
      },
    },
    request: (message, { url = '', secret }, at) =>
      signed(postJson(url, webhookPayload(message)), { id: message.id, secret, at }),
  },
  slack: {
    digests: true,
    fields: { url: secretUrl('https://hooks.slack.com/services/...') },
    request: (message, { url = '' }) => postJson(url, slackMessage(message)),
  },
  discord: {
    digests: true,
    fields: { url: secretUrl('https://discord.com/api/webhooks/...') },
    request: (message, { url = '' }) => postJson(url, discordMessage(message)),
  },
  teams: {
    digests: true,
    fields: { url: secretUrl('https://....logic.azure.com/workflows/...') },
    request: (message, { url = '' }) => postJson(url, teamsMessage(message)),
  },
  telegram: {
    digests: true,
    fields: {
      url: { ...openUrl('https://api.telegram.org'), fallback: 'https://api.telegram.org' },
      token: {
        ...token(true),
        problem: (value) =>
          /^\d+:[\w-]+$/.test(value) ? null : 'must be the token of a bot, such as 123456:ABC-DEF',
      },
      chat: {
        needed: true,
        open: true,
        problem: (value) =>
          /^(-?\d+|@\w+)$/.test(value) ? null : 'must be the number of a chat, or the @name of a channel',
      },
    },
    request: (message, { url = '', token: bot = '', chat = '' }) =>
      postJson(new URL(`/bot${bot}/sendMessage`, url).href, telegramMessage(message, chat)),
  },
  ntfy: {
    digests: true,
    fields: {
      url: {
        needed: true,
        open: true,
        problem: (value) =>
          webUrl('https://ntfy.sh/my-topic')(value) ??
          (/^[-\w]{1,64}$/.test(topicOf(value))
            ? null
            : 'must end with a topic, as https://ntfy.sh/my-topic does'),
      },
      token: token(false),
    },
    request: (message, { url = '', token: key }) =>
      postJson(
        new URL('.', url).href,
        ntfyMessage(message, topicOf(url)),
        key === undefined ? {} : { authorization: `Bearer ${key}` },
      ),
  },
  pagerduty: {
    digests: false,
    fields: {
      key: token(true),
      url: {
        ...openUrl('https://events.eu.pagerduty.com/v2/enqueue'),
        fallback: 'https://events.pagerduty.com/v2/enqueue',
      },
    },
    request: (message, { url = '', key = '' }) => postJson(url, pagerdutyEvent(message, key)),
  },
  email: {
    digests: true,
    fields: {
      url: {
        needed: true,
        open: false,
        problem: urlProblem(['smtp:', 'smtps:'], 'smtp://user:password@mail.example.com:587'),
      },
      from: addresses(false),
      to: addresses(true),
    },
    request: (message, { url: server = '', from = '', to = '' }) => email(message, { server, from, to }),
  },
  template: {
    digests: true,
    fields: {
      url: openUrl('https://example.com/hook'),
      headers: {
        needed: false,
        open: false,
        credential: true,
        problem: (value) =>
          headersOf(value) === null ? 'must be headers such as authorization=Bearer%20abc,x-team=ops' : null,
      },
      body: { needed: true, open: true, problem: templateProblem },
    },
    request: (message, { url = '', headers = '', body = '' }) => ({
      url,
      headers: { 'content-type': 'application/json', ...headersOf(headers) },
      body: fillTemplate(body, message),
    }),
  },
}

/** The last part of the path, where ntfy has the topic. */
const topicOf = (url: string): string => URL.parse(url)?.pathname.split('/').at(-1) ?? ''

/** Headers as those of OpenTelemetry are written: `name=value,name=value`, percent-encoded; null if any is none. */
function headersOf(text: string): Record<string, string> | null {
  const headers = pairsOf(text)
  try {
    for (const [name, value] of Object.entries(headers)) {
      validateHeaderName(name)
      validateHeaderValue(name, value)
    }
  } catch {
    return null
  }
  const written = text.split(',').filter((part) => part.trim() !== '')
  return Object.keys(headers).length === written.length ? headers : null
}
