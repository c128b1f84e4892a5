const parts = [
  'schedule',
  'prompts',
  'budget',
  'retention',
  'machine',
  'fleet',
  'checks',
  'access',
  'tokens',
  'about',
] as const

/** What the URL says of the screen; what is usual is left out of it. */
export interface SettingsSearch {
  /** A part of the screen; providers if left out. */
  part?: (typeof parts)[number]
  /** The prompt whose text is open. */
  prompt?: string
  /** Whether the form of a prompt, or of a proxy token, is open. */
  add?: true
  /** The proxy token that is to be revoked, if its person says so. */
  revoke?: string
  /** The proxy token whose limits are changed. */
  limit?: string
  /** The provider whose lanes are being changed. */
  lanes?: string
}

/** The search of a URL, without what this screen does not know. */
export function settingsSearch({
  part,
  prompt,
  add,
  revoke,
  limit,
  lanes,
}: Record<string, unknown>): SettingsSearch {
  const known = parts.find((name) => name === part)
  const isPrompt = isText(prompt) || typeof prompt === 'number'
  return {
    ...(known !== undefined && { part: known }),
    ...(isPrompt && { prompt: String(prompt) }),
    ...(add === true && { add }),
    ...(isText(revoke) && { revoke }),
    ...(isText(limit) && { limit }),
    ...(isText(lanes) && { lanes }),
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
