import { expect, test } from 'vitest'
import { channelsOf, enteredChannel, resolve } from '../../../src/alerts/channel-settings.ts'
import { channelKinds } from '../../../src/core/incident.ts'
import { channelLike } from '../../support/incidents.ts'

const slack = { ALERT_SLACK_URL: 'https://hooks.slack.com/services/T0/B0/a-secret-part' }

test('variables make channels, named by kind and name; secrets stay where they are', () => {
  const env = {
    ...slack,
    ALERT_TELEGRAM_NIGHT_SHIFT_TOKEN: '123:ABC',
    ALERT_TELEGRAM_NIGHT_SHIFT_CHAT: '-100',
    ALERT_TELEGRAM_NIGHT_SHIFT_MIN_SEVERITY: 'Major',
    ALERT_TELEGRAM_NIGHT_SHIFT_KINDS: 'down, provider_wide',
    ALERT_TELEGRAM_NIGHT_SHIFT_WEEKLY: 'true',
    ALERT_SECRET_OPS: 'no channel',
    ALERT_DISCORD_URL: ' ',
    ALERTMANAGER_URL: 'of another program',
  }
  expect(channelsOf(env)).toEqual({
    channels: [
      channelLike('slack', { secrets: { url: 'ALERT_SLACK_URL' } }),
      channelLike('telegram', {
        name: 'telegram-night-shift',
        minSeverity: 'major',
        kinds: ['down', 'provider_wide'],
        weekly: true,
        settings: { chat: '-100' },
        secrets: { token: 'ALERT_TELEGRAM_NIGHT_SHIFT_TOKEN' },
      }),
    ],
    problems: [],
  })
})

test('every kind of channel can be set by variables, and resolves to its values', () => {
  const env: Record<string, string> = {
    ...slack,
    ALERT_WEBHOOK_URL: 'https://example.com/alerts',
    ALERT_WEBHOOK_SECRET: `whsec_${'A'.repeat(32)}`,
    ALERT_DISCORD_URL: 'https://discord.com/api/webhooks/1/a',
    ALERT_TEAMS_URL: 'https://example.logic.azure.com/workflows/1',
    ALERT_TELEGRAM_TOKEN: '1:a',
    ALERT_TELEGRAM_CHAT: '@ops',
    ALERT_NTFY_URL: 'https://ntfy.sh/my-topic',
    ALERT_PAGERDUTY_KEY: 'R0123456789',
    ALERT_EMAIL_URL: 'smtp://user:password@mail.example.com:587',
    ALERT_EMAIL_FROM: 'firsttoken <alerts@example.com>',
    ALERT_EMAIL_TO: 'ops@example.com, Boss <boss@example.com>',
    ALERT_TEMPLATE_URL: 'http://127.0.0.1:9/hook',
    ALERT_TEMPLATE_BODY: '{"text": "{{title}}"}',
    ALERT_TEMPLATE_HEADERS: 'authorization=Bearer%20abc',
  }
  const { channels, problems } = channelsOf(env)
  expect(problems).toEqual([])
  expect(channels.map(({ kind }) => kind).toSorted()).toEqual(channelKinds.toSorted())
  for (const channel of channels) expect(resolve(channel, env)).toMatchObject({ trusted: true })
  const pagerduty = channels.find(({ kind }) => kind === 'pagerduty') ?? channelLike('slack')
  expect(resolve(pagerduty, env)).toEqual({
    values: { key: 'R0123456789', url: 'https://events.pagerduty.com/v2/enqueue' },
    trusted: true,
    secrets: ['R0123456789'],
  })
})

test.each<[string, Record<string, string>, string[]]>([
  [
    'small letters',
    { ALERT_slack_URL: 'x' },
    ['ALERT_slack_URL: must be capitals and digits, with one _ between words'],
  ],
  [
    'an empty name',
    { ALERT_SLACK__URL: 'x' },
    ['ALERT_SLACK__URL: must be capitals and digits, with one _ between words'],
  ],
  [
    'no kind',
    { ALERT_SLAK_URL: 'x' },
    [
      'ALERT_SLAK_URL: must begin with a kind of channel, WEBHOOK, SLACK, DISCORD, TEAMS, TELEGRAM, NTFY, PAGERDUTY, EMAIL, TEMPLATE',
    ],
  ],
  [
    'no setting',
    { ALERT_SLACK_UR: 'x' },
    ['ALERT_SLACK_UR: must end with a setting of slack, URL, MIN_SEVERITY, KINDS, WEEKLY'],
  ],
  [
    'a part alone',
    { ALERT_TELEGRAM_OPS_CHAT: '1' },
    ['ALERT_TELEGRAM_OPS_TOKEN: is missing, and the channel telegram-ops needs it'],
  ],
  [
    'no URL',
    { ALERT_SLACK_URL: 'a-secret' },
    ['ALERT_SLACK_URL: must be a URL such as https://hooks.slack.com/services/...'],
  ],
  [
    'quotes',
    { ALERT_SLACK_URL: '"https://hooks.slack.com/a"' },
    ['ALERT_SLACK_URL: is in quotes, which would be a part of it: write it without them'],
  ],
  [
    'no severity',
    { ...slack, ALERT_SLACK_MIN_SEVERITY: 'high' },
    ['ALERT_SLACK_MIN_SEVERITY: must be info, minor, major, critical'],
  ],
  [
    'no topic',
    { ALERT_NTFY_URL: 'https://ntfy.sh/' },
    ['ALERT_NTFY_URL: must end with a topic, as https://ntfy.sh/my-topic does'],
  ],
  [
    'a bad key',
    { ALERT_PAGERDUTY_KEY: 'a b' },
    ['ALERT_PAGERDUTY_KEY: holds a space or a character that no key has; copy it again'],
  ],
])('%s is a problem that names the variable', (_, env, problems) => {
  expect(channelsOf(env).problems).toEqual(problems)
})

test.each<[string, string, RegExp]>([
  ['ALERT_SLACK_KINDS', 'down,up', /^must be some of down, errors, .*calibration, separated by commas$/],
  ['ALERT_SLACK_WEEKLY', 'monday', /^must be true or false$/],
  ['ALERT_PAGERDUTY_WEEKLY', 'true', /^must be false: pagerduty calls people, and takes no digests$/],
  ['ALERT_WEBHOOK_SECRET', 'whsec_c2hvcnQ=', /^must be whsec_ and the base64 of 24 bytes or more/],
  ['ALERT_TELEGRAM_TOKEN', 'bot', /^must be the token of a bot/],
  ['ALERT_TELEGRAM_CHAT', 'ops', /^must be the number of a chat/],
  ['ALERT_EMAIL_URL', 'https://mail.example.com', /^must be a URL such as smtp:/],
  ['ALERT_EMAIL_TO', 'a@example.com,b', /^must be addresses such as/],
  ['ALERT_EMAIL_FROM', 'a@example.com, b@example.com', /^must be an address such as/],
  ['ALERT_EMAIL_FROM', 'A\nBcc: x <a@example.com>', /^must be an address such as/],
  ['ALERT_TEMPLATE_BODY', '{"a": "{{titel}}"}', /^names \{\{titel\}\}, which is none of id, at, title/],
  ['ALERT_TEMPLATE_BODY', '{"a": {{title}}}', /^is not JSON: write placeholders inside of quotes/],
  ['ALERT_TEMPLATE_BODY', '{"a": "{{constructor}}"}', /^names \{\{constructor\}\}/],
  ['ALERT_TEMPLATE_HEADERS', 'authorization', /^must be headers such as/],
  ['ALERT_TEMPLATE_HEADERS', 'a=b%0Ac', /^must be headers such as/],
])('%s of %j is told', (name, value, problem) => {
  const { problems } = channelsOf({ [name]: value })
  const [told = ''] = problems.filter((each) => each.startsWith(`${name}: `))
  expect(told.slice(name.length + 2)).toMatch(problem)
})

test('no problem repeats a value', () => {
  const secret = 'not-to-be-shown'
  const names = [
    'URL',
    'SECRET',
    'TOKEN',
    'KEY',
    'CHAT',
    'FROM',
    'TO',
    'BODY',
    'HEADERS',
    'KINDS',
    'MIN_SEVERITY',
    'WEEKLY',
  ]
  const all = channelKinds.flatMap((kind) => names.map((name) => `ALERT_${kind.toUpperCase()}_${name}`))
  const { problems } = channelsOf(Object.fromEntries(all.map((name) => [name, secret])))
  expect(problems.length).toBeGreaterThan(30)
  expect(problems.filter((each) => each.includes(secret))).toEqual([])
})

const entered = (more: object) => {
  const { success, data, error } = enteredChannel(['hooks.internal']).safeParse({
    name: 'mine',
    kind: 'webhook',
    ...more,
  })
  return success ? data : error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

test('an entered channel has what it leaves out by default', () => {
  expect(entered({ settings: { url: 'https://example.com/a' } })).toEqual({
    name: 'mine',
    kind: 'webhook',
    source: 'entered',
    enabled: true,
    minSeverity: 'info',
    kinds: [],
    weekly: false,
    settings: { url: 'https://example.com/a' },
    secrets: {},
  })
})

test.each<[string, object, string[]]>([
  [
    'a digest for PagerDuty',
    { kind: 'pagerduty', weekly: true, secrets: { key: 'ALERT_SECRET_A' } },
    ['weekly: must be false: pagerduty calls people, and takes no digests'],
  ],
  [
    'no name',
    { name: 'Mine!', secrets: { url: 'ALERT_SECRET_A' } },
    ['name: must be small letters, digits and hyphens, at most 64'],
  ],
  ['no address', {}, ['settings.url: is missing']],
  ['no secret', { kind: 'slack' }, ['secrets.url: name the variable that holds it among the secrets']],
  [
    'a secret that is written down',
    { kind: 'slack', settings: { url: 'https://hooks.slack.com/a' } },
    ['settings.url: is a secret: name the variable that holds it among the secrets'],
  ],
  [
    'what no channel of the kind has',
    { settings: { url: 'https://example.com', chat: '1' } },
    ['settings.chat: is no setting of webhook: url, secret'],
  ],
  [
    'a secret that is none',
    { secrets: { url: 'ALERT_SECRET_A', constructor: 'ALERT_SECRET_B' } },
    ['secrets.constructor: is no setting of webhook: url, secret'],
  ],
  [
    'a variable of another part',
    { secrets: { url: 'DATABASE_URL' } },
    ['secrets.url: must be the name of a variable that begins with ALERT_, such as ALERT_SECRET_OPS'],
  ],
  [
    'an address that is not public',
    { settings: { url: 'https://10.0.0.5/a' } },
    ['settings.url: 10.0.0.5 is not a public address; EGRESS_ALLOW opens a host'],
  ],
  [
    'a token for an address that is entered',
    { kind: 'ntfy', settings: { url: 'https://evil.example/topic' }, secrets: { token: 'ALERT_NTFY_TOKEN' } },
    ['settings.url: would be sent a secret: name a variable that holds the address among the secrets'],
  ],
])('%s is told by field', (_, more, problems) => {
  expect(entered(more)).toEqual(problems)
})

test('a host that was opened may be entered', () => {
  expect(entered({ settings: { url: 'http://hooks.internal/a' } })).toMatchObject({ name: 'mine' })
})

test('a channel whose variable is gone says which', () => {
  const channel = channelLike('slack', { secrets: { url: 'ALERT_SLACK_URL' } })
  expect(resolve(channel, {})).toEqual({ problem: 'needs ALERT_SLACK_URL, which is not set' })
  expect(resolve(channel, { ALERT_SLACK_URL: 'x' })).toEqual({
    problem: 'cannot be used: ALERT_SLACK_URL must be a URL such as https://hooks.slack.com/services/...',
  })
})

test('rows that nobody could have entered send no secret either', () => {
  const env = { ALERT_NTFY_TOKEN: 'tk_secret', DATABASE_URL: 'https://db.example' }
  const ntfy = { settings: { url: 'https://evil.example/t' }, secrets: { token: 'ALERT_NTFY_TOKEN' } }
  expect(resolve(channelLike('ntfy', ntfy), env)).toMatchObject({
    problem: expect.stringMatching('would be sent a secret') as string,
  })
  expect(resolve(channelLike('webhook', { secrets: { url: 'DATABASE_URL' } }), env)).toEqual({
    problem: 'needs DATABASE_URL, which is not set',
  })
})

test('an entered address is not trusted, and is a secret in what is said of it', () => {
  expect(resolve(channelLike('webhook', { settings: { url: 'https://example.com/a' } }), {})).toEqual({
    values: { url: 'https://example.com/a' },
    trusted: false,
    secrets: ['https://example.com/a'],
  })
})
