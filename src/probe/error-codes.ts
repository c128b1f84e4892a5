import type { ErrorKind } from '../core/outcome.ts'

/** Codes and types of errors that mean one kind, and where they are documented or reported. */
export interface CodeRule {
  kind: ErrorKind
  /** Lower case. */
  codes: readonly string[]
  source: string
}

/** Names that mean one kind whatever the status and the words. */
export const sureCodes: readonly CodeRule[] = [
  {
    kind: 'quota',
    codes: ['insufficient_quota', 'billing_hard_limit_reached', 'billing_not_active'],
    source: 'platform.openai.com/docs/guides/error-codes',
  },
  {
    kind: 'quota',
    codes: ['insufficient_user_quota', 'pre_consume_token_quota_failed'],
    source: 'QuantumNous/new-api; labring/FastGPT issue 916',
  },
  {
    kind: 'quota',
    codes: ['arrearage', 'allocationquota.freetieronly'],
    source: 'help.aliyun.com/zh/model-studio/error-code',
  },
  {
    kind: 'quota',
    codes: ['exceeded_current_quota_error', 'billing_error', 'payment_required', 'insufficient_balance'],
    source: 'platform.moonshot.ai, docs.claude.com, openrouter.ai, api-docs.deepseek.com: error pages',
  },
  {
    kind: 'quota',
    codes: ['insufficient_credits', 'credits_exhausted', 'budget_exceeded', 'accountoverdueerror'],
    source: 'docs.litellm.ai/docs/proxy/users; volcengine.com/docs/82379 error codes',
  },
  {
    kind: 'rate_limited',
    codes: ['rate_limit_exceeded', 'rate_limit_error', 'rate_limit_reached_error', 'ratelimitreached'],
    source: 'OpenAI, Anthropic, Kimi, Azure: error pages',
  },
  {
    kind: 'rate_limited',
    codes: ['throttlingexception', 'too_many_requests'],
    source: 'docs.aws.amazon.com/bedrock ConverseStream',
  },
  {
    kind: 'rate_limited',
    codes: [
      'throttling',
      'throttling.ratequota',
      'throttling.allocationquota',
      'limit_requests',
      'limit_burst_rate',
    ],
    source: 'help.aliyun.com/zh/model-studio/error-code',
  },
  {
    kind: 'rate_limited',
    codes: ['token_quota_exceeded', 'request_quota_exceeded', 'too_many_tokens_error'],
    source: 'inference-docs.cerebras.ai/support/error',
  },
  {
    kind: 'rate_limited',
    codes: ['policies.ratelimit.spikearrestviolation', 'policies.ratelimit.quotaviolation'],
    source: 'cloud.google.com/apigee/docs: Spike Arrest and Quota policy errors',
  },
  { kind: 'auth', codes: ['invalid_api_key'], source: 'platform.openai.com/docs/guides/error-codes' },
  {
    kind: 'model_not_found',
    codes: [
      'model_not_found',
      'model_not_available',
      'model_decommissioned',
      'model_not_supported',
      'model_terms_required',
    ],
    source: 'OpenAI, OpenRouter, Groq and Hugging Face: error pages',
  },
  {
    kind: 'model_not_found',
    codes: ['deploymentnotfound', 'unknown_model', 'invalid_model', 'model_gone', 'model_deprecated'],
    source: 'Azure and Mistral error pages; getkimchi/kimchi pull 1176',
  },
  {
    kind: 'model_not_found',
    codes: ['modelnotopen', 'invalidendpointormodel.notfound', 'model.accessdenied', 'model_not_exist'],
    source: 'volcengine.com/docs/82379, help.aliyun.com/zh/model-studio: error codes',
  },
  {
    kind: 'context_exceeded',
    codes: [
      'context_length_exceeded',
      'string_above_max_length',
      'exceed_context_size_error',
      'too_many_prompt_tokens',
    ],
    source: 'OpenAI error codes; ggml-org/llama.cpp server; Perplexity',
  },
  {
    kind: 'context_exceeded',
    codes: [
      'context_window_exceeded',
      'model_context_window_exceeded',
      'context_exceeded',
      'context_overflow',
      'max_tokens_exceeded',
    ],
    source: 'earendil-works/pi issue 4943; anomalyco/opencode pull 35920',
  },
  {
    kind: 'context_exceeded',
    codes: [
      'input_too_long',
      'prompt_too_long',
      'request_too_large',
      'contextwindowexceedederror',
      'tokens_limit_reached',
    ],
    source: 'docs.claude.com/en/api/errors; docs.litellm.ai/docs/exception_mapping; GitHub Models',
  },
  {
    kind: 'content_filter',
    codes: [
      'content_filter',
      'content_policy_violation',
      'responsibleaipolicyviolation',
      'moderation_blocked',
      'prohibited_content',
    ],
    source: 'learn.microsoft.com/azure/ai-services/openai/concepts/content-filter; OpenAI; Gemini',
  },
  {
    kind: 'content_filter',
    codes: ['data_inspection_failed', 'datainspectionfailed', 'sensitive_words_detected'],
    source: 'help.aliyun.com/zh/model-studio/error-code; QuantumNous/new-api',
  },
  {
    kind: 'overloaded',
    codes: [
      'overloaded_error',
      'engine_overloaded_error',
      'engine_overloaded',
      'server_overloaded',
      'serveroverloaded',
      'model_overloaded',
    ],
    source: 'docs.claude.com/en/api/errors; platform.moonshot.ai; volcengine.com/docs/82379',
  },
  {
    kind: 'overloaded',
    codes: [
      'capacity_exceeded',
      'provider_overloaded',
      'provider_unavailable',
      'queue_exceeded',
      'slow_down',
    ],
    source: 'Groq, OpenRouter, Cerebras and OpenAI: error pages',
  },
  {
    kind: 'overloaded',
    codes: ['modelnotreadyexception', 'serviceunavailableexception'],
    source: 'docs.aws.amazon.com/bedrock/latest/APIReference ConverseStream',
  },
  {
    // The model wrote what the server could not read: its failure, also where a status of 400 blames the request.
    kind: 'error_in_stream',
    codes: ['tool_use_failed', 'json_validate_failed', 'output_parse_failed', 'modelstreamerrorexception'],
    source: 'console.groq.com/docs/tool-use; sipeed/picoclaw issue 748',
  },
  {
    kind: 'server_error',
    codes: ['modelerrorexception'],
    source: 'docs.aws.amazon.com/bedrock ConverseStream',
  },
]

/** Names that servers use for more than one thing: the words take precedence. */
export const vagueCodes: readonly CodeRule[] = [
  {
    kind: 'auth',
    codes: [
      'authentication_error',
      'permission_error',
      'invalid_authentication_error',
      'incorrect_api_key_error',
      'wrong_api_key',
    ],
    source: 'Anthropic, Kimi and Cerebras: error pages',
  },
  {
    kind: 'auth',
    codes: [
      'unauthenticated',
      'permission_denied',
      'accessdeniedexception',
      'unrecognizedclientexception',
      'invalidapikey',
    ],
    source: 'cloud.google.com/apis/design/errors; AWS common errors; help.aliyun.com/zh/model-studio',
  },
  {
    // Also a spending cap and credits that are used up.
    kind: 'rate_limited',
    codes: ['resource_exhausted'],
    source: 'cloud.google.com/apis/design/errors',
  },
  { kind: 'bad_request', codes: ['not_supported_error'], source: 'llama.cpp server' },
]
