/** Why a job cannot begin: nothing was called and nothing was recorded. */
export interface Refusal {
  kind: 'no_provider_key' | 'bad_selection' | 'bad_configuration'
  message: string
}

/** What to do if there is no key at all. */
export const noProviderKey: Refusal = {
  kind: 'no_provider_key',
  message:
    'no provider is configured: set the key of at least one, such as OPENAI_API_KEY (.env.example lists them all)',
}
