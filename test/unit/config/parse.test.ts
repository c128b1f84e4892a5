import { expect, test } from 'vitest'
import { parseConfig } from '../../../src/config/parse.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const read = (content: string | Uint8Array) =>
  parseConfig(typeof content === 'string' ? bytesOf(content) : content, { path: 'f.yaml', egressAllow: [] })
const problemsOf = (content: string | Uint8Array) => {
  const file = read(content)
  return 'problems' in file ? file.problems : []
}
const fileOf = (content: string) => {
  const file = read(content)
  if ('problems' in file) throw new Error(file.problems.join('\n'))
  return file
}

const bad: Record<string, [content: string | Uint8Array, problems: string[]]> = {
  'a number out of range': [
    'targets:\n  - model: openai/a\n    limits:\n      ttft_ms: 0\n',
    ['f.yaml:4: targets[0].limits.ttft_ms: must be a whole number from 1 to 3600000'],
  ],
  'a window without an objective, and a share that cannot be': [
    'targets:\n  - model: openai/a\n    slo: { days: 7 }\n  - model: openai/b\n    slo: { ttft: { within_ms: 800, share: 1 } }\n',
    [
      'f.yaml:3: targets[0].slo: must have an objective beside days: availability, ttft or latency',
      'f.yaml:5: targets[1].slo.ttft.share: must be less than 1',
    ],
  ],
  'an interval of a target that is none': [
    `targets:${['60', "'2d'", '1440', "''", '90 min', '1h'].map((every, index) => `\n  - model: a/m${index}\n    every: ${every}`).join('')}\n`,
    [0, 1, 2, 3, 4].map(
      (index) =>
        `f.yaml:${3 + 2 * index}: targets[${index}].every: must be an interval such as 15m, 1h, 6h or 1d: a minute to a day`,
    ),
  ],
  'an escape that writes what no database keeps': [
    'settings:\n  status_title: "a\\0b"\nprompts:\n  - name: tides\n    text: "why\\ud800?"\n',
    ['2: settings.status_title', '5: prompts[0].text'].map(
      (place) =>
        `f.yaml:${place}: holds a zero character or half of a surrogate pair, which no database keeps`,
    ),
  ],
  'a wrong type': [
    'settings:\n  confirm: sometimes\n',
    ['f.yaml:2: settings.confirm: must be true or false'],
  ],
  'an unknown section': [
    'settings: {}\ntarget: []\n',
    [
      'f.yaml:2: target: is unknown: the file may have settings, targets, components, prices, prompts, rules, channels, maintenance',
    ],
  ],
  'more entries than a database applies in seconds': [
    `targets: [{ model: a/b, regions: [${Array.from({ length: 100 }, (_, index) => `r${index}`).join()}] }]\nprices: [${Array.from({ length: 1901 }, (_, index) => `{ model: a/m${index}, input: 1, output: 1 }`).join()}]\n`,
    ['f.yaml: has more than 2000 entries, a target in each region being one'],
  ],
  'unknown keys, each by its line': [
    'prices:\n  - model: openai/a\n    inptu: 1\n    input: 1\n    output: 2\n    out: 3\n',
    ['inptu', 'out'].map(
      (key, index) =>
        `f.yaml:${[3, 6][index]}: prices[0].${key}: is unknown: prices[0] may have model, input, output, cached, cache_write, reasoning, overrides`,
    ),
  ],
  'something that is missing': [
    'prices:\n  - model: openai/a\n    input: 1\n',
    ['f.yaml:2: prices[0].output: is missing'],
  ],
  'a model without its provider': [
    'targets:\n  - model: gpt\n',
    ['f.yaml:2: targets[0].model: must be <provider>/<model>, such as openai/gpt-4.1-mini'],
  ],
  'two entries of the same target': [
    'targets:\n  - model: a/b\n    region: eu\n  - model: a/b\n    regions: [us, eu]\n',
    ['f.yaml:4: targets[1]: says again what targets[0] says: a/b region=eu'],
  ],
  'a region beside regions': [
    'targets:\n  - model: a/b\n    region: eu\n    regions: [us]\n',
    ['f.yaml:4: targets[0].regions: cannot be set beside region'],
  ],
  'a component that says nothing, one by the name of its model, and a group of a group': [
    'components:\n  - key: openai\n  - key: openai/gpt-4.1\n    hidden: true\n  - key: openai\n    group: Ours\n',
    [
      'f.yaml:2: components[0]: must have something beside its key: name, group, position, hidden or description',
      'f.yaml:3: components[1].key: must be a component as `scripts/status.ts list` names it, such as openai/gpt-4-1-mini, or a provider',
      'f.yaml:6: components[2].group: is for components: a provider is a group itself, and can have a name',
    ],
  ],
  'a prompt without a text, one of a name that no path can hold, and one that comes with the program': [
    "prompts:\n  - name: a\n    text: ' '\n  - name: a/b\n    text: x\n  - name: default\n    category: poem\n    text: x\n",
    [
      'f.yaml:3: prompts[0].text: must not be blank',
      'f.yaml:4: prompts[1].name: must be a word or more, without slashes and controls',
      'f.yaml:6: prompts[2].name: is the name of a prompt that comes with the program: choose another',
      'f.yaml:7: prompts[2].category: must be reasoning, code, creative, qa, other',
    ],
  ],
  'two prompts of one name': [
    'prompts:\n  - { name: a, text: x }\n  - { name: a, text: y }\n',
    ['f.yaml:3: prompts[1]: says again what prompts[0] says: a'],
  ],
  'rules that cannot hold: out of bounds, of another kind, beyond what they go up to, and of nothing': [
    'rules:\n  slow: { ratio: 1 }\n  errors: { failed: 2.5 }\n  down: { failed: 3 }\n  budget: { share: 0.9, worse_share: 0.8 }\n  drift: {}\n  limit: { over: many }\n',
    [
      'f.yaml:3: rules.errors.failed: must be a whole number from 1 to 12',
      'f.yaml:2: rules.slow.ratio: must be a number from 1.1 to 100',
      'f.yaml:7: rules.limit.over: must be a whole number from 1 to 18',
      'f.yaml:6: rules.drift: says nothing: it may have ratio',
      'f.yaml:5: rules.budget.share: must be at most worse_share, which is 0.8',
      'f.yaml:4: rules.down: is unknown: rules may have errors, slow, limit, drift, model_gone, provider_wide, budget, calibration',
    ],
  ],
  'a rule beyond the usual number that it goes up to': [
    'rules:\n  slow: { ratio: 4 }\n  errors: { of: 3 }\n',
    [
      'f.yaml:3: rules.errors.of: must be at least failed, which is 4',
      'f.yaml:2: rules.slow.ratio: must be at most worse_ratio, which is 3',
    ],
  ],
  'a wrong cron expression': [
    'maintenance:\n  - name: x\n    cron: "61 * * * *"\n    duration_minutes: 5\n    time_zone: UTC\n',
    [expect.stringMatching(/^f\.yaml:3: maintenance\[0\]\.cron: '61 \* \* \* \*' /) as string],
  ],
  'a secret in place of its variable': [
    'channels:\n  - name: x\n    kind: slack\n    settings:\n      url: https://hooks.slack.com/services/T/B/verysecret\n',
    ['f.yaml:5: channels[0].settings.url: is a secret: name the variable that holds it among the secrets'],
  ],
  'a secret where a variable is named': [
    'channels:\n  - name: x\n    kind: slack\n    secrets:\n      url: https://hooks.slack.com/services/T/B/verysecret\n',
    [
      'f.yaml:5: channels[0].secrets.url: must be the name of a variable that begins with ALERT_, such as ALERT_SECRET_OPS',
    ],
  ],
  'the same key twice': ['settings: {}\nsettings: {}\n', ['f.yaml:2: Map keys must be unique']],
  'a tab': ['settings:\n\tjobs: 1\n', ['f.yaml:2: Tabs are not allowed as indentation']],
  'a tag': ['settings: !!js/function x\n', [expect.stringMatching(/^f\.yaml:1: Unresolved tag/) as string]],
  'two documents': [
    'settings: {}\n---\nsettings: {}\n',
    [expect.stringMatching(/^f\.yaml:2: .*multiple documents/) as string],
  ],
  'an alias of nothing': [
    'settings: *a\n',
    [expect.stringMatching(/^f\.yaml: cannot be used: Unresolved alias/) as string],
  ],
  'aliases of aliases': [
    `${['a: &a [1]', ...'bcdefgh'.split('').map((name, index) => `${name}: &${name} [${`*${'abcdefg'[index]},`.repeat(9)}]`)].join('\n')}\n`,
    [expect.stringMatching(/^f\.yaml: cannot be used: Excessive alias count/) as string],
  ],
  'a list': ['- 1\n', ['f.yaml:1: the file: must be names with values']],
  'a text': ['settings\n', ['f.yaml:1: the file: must be names with values']],
  'UTF-16': [Uint8Array.from([0xff, 0xfe, 0x61, 0]), ['f.yaml: is not in UTF-8: save it so']],
  'zero bytes': [Uint8Array.from([0x61, 0]), ['f.yaml: is not a text file: it holds zero bytes']],
  'more than a megabyte': [`# ${'x'.repeat(1_000_000)}\n`, ['f.yaml: is larger than 1 MB']],
  'a name that every object has': [
    '__proto__: {}\n',
    [expect.stringMatching(/^f\.yaml:1: __proto__: is unknown/) as string],
  ],
}

test.each(Object.entries(bad))(
  '%s is told by file, line and path, with what is allowed',
  (_, [content, problems]) => {
    expect(problemsOf(content)).toEqual(problems)
  },
)

test('no problem repeats a secret', () => {
  const all = Object.values(bad).flatMap(([content]) => problemsOf(content))
  expect(all.length).toBeGreaterThan(20)
  expect(all.join('\n')).not.toContain('verysecret')
})

test('a file that says nothing owns nothing', () => {
  for (const content of ['', '# nothing yet\n', '---\n', '{}'])
    expect(fileOf(content), content).toMatchObject({ variables: {}, sections: [], items: [] })
})

test('JSON is read, and a byte order mark is no part of it', () => {
  expect(fileOf('\uFEFF{"settings": {"jobs": 2}}').variables).toEqual({ BENCHMARK_JOBS: '2' })
})

test('settings become what one would write into the environment', () => {
  const { variables } = fileOf(`settings:
  prompt: |
    Say hello.
    Twice.
  budget_usd_per_day: 0.0000005
  max_price_per_m: 1200
  sync_heal: false
  incident_shadow: [slow, drift]
  retention_days: off
`)
  expect(variables).toEqual({
    BENCHMARK_PROMPT: 'Say hello.\nTwice.\n',
    BUDGET_USD_PER_DAY: '0.0000005',
    MAX_PRICE_PER_M: '1200',
    SYNC_HEAL: 'false',
    INCIDENT_SHADOW: 'slow,drift',
    RETENTION_DAYS: 'off',
  })
})

test('entries become items, a target in each of its regions, and merge keys give values to several', () => {
  const { items, sections } = fileOf(`targets:
  - &usual
    model: openrouter/meta-llama/llama-3
    pin: groq
    limits: { ttft_ms: 900 }
  - <<: *usual
    model: openai/a
    regions: [eu, us]
    active: false
prices: []
`)
  const parameters = { reasoning: 'least', pin: 'groq' }
  const limits = { ttft_ms: 900 }
  const inactive = { provider: 'openai', model: 'a', parameters, active: false, limits, slo: {} }
  expect(sections).toEqual(['target', 'price'])
  expect(items).toEqual([
    {
      kind: 'target',
      value: {
        provider: 'openrouter',
        model: 'meta-llama/llama-3',
        parameters,
        region: null,
        active: true,
        limits,
        slo: {},
      },
    },
    { kind: 'target', value: { ...inactive, region: 'eu' } },
    { kind: 'target', value: { ...inactive, region: 'us' } },
  ])
})

test('a rule says some numbers of its kind', () => {
  const { items, sections, placeOf } = fileOf(
    'rules:\n  slow: { ratio: 2, floor_ms: 0 }\n  errors: { failed: 12 }\n',
  )
  expect(sections).toEqual(['rule'])
  expect(items).toEqual([
    { kind: 'rule', value: { kind: 'errors', failed: 12 } },
    { kind: 'rule', value: { kind: 'slow', ratio: 2, floor_ms: 0 } },
  ])
  expect(placeOf(1, 'ratio')).toBe('f.yaml:2: rules.slow.ratio')
})

test('the hash is that of what the database is to have: comments, order of keys and settings are no part of it', () => {
  const { hash } = fileOf('targets:\n  - model: a/b\n    region: eu\n')
  expect(fileOf('# new\nsettings: {jobs: 2}\ntargets:\n  - {region: eu, model: a/b}\n').hash).toBe(hash)
  expect(fileOf('targets:\n  - {region: us, model: a/b}\n').hash).not.toBe(hash)
  expect(fileOf('targets:\n  - {region: eu, model: a/b}\nprices: []\n').hash).not.toBe(hash)
})
