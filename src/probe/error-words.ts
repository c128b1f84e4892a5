import type { ErrorKind } from '../core/outcome.ts'
import { overflowWords } from './overflow-words.ts'

/** What the words of an error mean, with real wordings and where they were reported. */
export interface WordRule {
  kind: ErrorKind
  /** Tested against code, type and message, without links. */
  pattern: RegExp
  /** The statuses it is read with, 200 for none, if not those of its kind. */
  statuses?: readonly number[]
  /** What to do next, as a sentence, if the advice of the kind would mislead. */
  next?: string
  examples: readonly string[]
  source: string
}

/** Someone between us and the API refused the client, whatever its key. */
const edge =
  'Something in front of the API refused this client, not its key: call from another network, or ask the provider to let it through.'
const elsewhere = 'Benchmark it from a region that the provider serves.'

/** The rules in the order in which they are tried: the first that matches is the kind. */
export const errorWords: readonly WordRule[] = [
  {
    kind: 'bad_request',
    pattern:
      /(cf|x-vercel)-mitigated|x-amzn-waf-action|just a moment\.\.\.|attention required|you have been blocked|security (checkpoint|service to protect)|(verify|confirm)\w* (that )?you are (a )?human|enable javascript and cookies|\berror (code:? )?10(0[5-9]|10|12|20)\b|request (was |has been )?blocked(?!.{0,60}(content|safety|moderation|policy))|to restrict access|errors\.edgesuite\.net|incapsula|RBAC: access denied/i,
    statuses: [200, 403, 405, 429, 503],
    next: edge,
    examples: [
      'Just a moment... Enable JavaScript and cookies to continue',
      'Attention Required! | Cloudflare Sorry, you have been blocked',
      'error code: 1020',
      'cf-mitigated: challenge',
      'api.host.com used Cloudflare to restrict access',
      'Vercel Security Checkpoint',
      'ERROR: The request could not be satisfied. Request blocked.',
      "Access Denied You don't have permission to access this server. Reference errors.edgesuite.net",
    ],
    source:
      'anthropics/claude-code issue 30437; run-llama/llama_index issue 16796; developers.cloudflare.com; docs.aws.amazon.com/waf',
  },
  {
    kind: 'bad_request',
    pattern:
      /unsupported_country|(country|region|territory|location)[^.]{0,40}\b(not|isn't|un)\s?(supported|available|allowed|permitted)|(restricted|blocked|prohibited|unavailable) in (your )?(country|region|location|territory)|not (available|supported|allowed|offered) in your (country|region|location|territory)|forbidden request not allowed|所在(的)?(国家|地区)/i,
    statuses: [200, 400, 403, 404, 451],
    next: elsewhere,
    examples: [
      'unsupported_country_region_territory Country, region, or territory not supported',
      'User location is not supported for the API use.',
      'This model is not available in your region.',
      'Access from your region is not permitted',
      'Access to this API is restricted in your country',
      'forbidden Request not allowed',
    ],
    source:
      'songquanpeng/one-api issue 1692; google-gemini/gemini-cli issue 1993; docs.claude.com/en/api/supported-regions',
  },
  {
    kind: 'bad_request',
    // An API answers in JSON; a page comes from a proxy, a firewall or an allow list in front of it.
    pattern: /^\s*text\/html\b/,
    statuses: [403],
    next: edge,
    examples: ['text/html 403 Forbidden nginx'],
    source: 'nginx, Apache, Akamai and AWS ALB: their default pages',
  },
  {
    kind: 'rate_limited',
    pattern:
      /rate.?limit(?!s? (documentation|page))|too many requests|\b(tokens?|requests?|queries|calls)( ?\/ ?| per )(second|minute|min|hour|day)|\b[TR]P[MD]\b|requests? too (frequent|fast)|\bqps\b|throttl|spike arrest|concurren\w* (limit|request)|quota exceeded for metric|resource_exhausted\b.{0,8}\b(you exceeded your current quota|quota exceeded)|限流|请求(频率)?(过高|过快|过于频繁)|速率限制/i,
    examples: [
      'Rate limit reached for requests',
      'Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 9000',
      'Too many requests',
      'Open api qps request limit reached',
      'Spike arrest violation. Allowed rate : 10pm',
      'ModelAccountTpmRateLimitExceeded',
      'RESOURCE_EXHAUSTED You exceeded your current quota, please check your plan and billing details.',
      'Quota exceeded for metric: generate_content_free_tier_requests, limit: 10',
      '您的账户已达到速率限制',
    ],
    source:
      'OpenAI, Groq: rate limit pages; cloud.google.com/apigee/docs; Baidu Qianfan; volcengine.com/docs/82379; AtomicBot-ai/atomic-agent issue 106 (Gemini)',
  },
  {
    kind: 'bad_request',
    // A limit of the output, also where it is explained by that of the context; with the input added it is none.
    pattern:
      /(?<!\+ ?\W?)\bmax_(completion_|output_)?tokens\W{1,3}(must be (less|at most|smaller|between|<)|is (too large|larger))(?!.{0,60}maximum (context|model) length)/i,
    statuses: [200, 400, 422],
    examples: [
      'max_tokens must be less than or equal to `8192`, the maximum value for `max_tokens` is less than the `context_window` for this model',
      'max_tokens is too large: 100000. This model supports at most 16384 completion tokens.',
    ],
    source: 'console.groq.com/docs/errors; OpenAI, chat completions',
  },
  ...overflowWords,
  {
    kind: 'quota',
    pattern:
      /insufficient[ _](account )?(balance|quota|credits?|funds?)|exceeded (your|the|its) (current|monthly|weekly|account|free)[^.]{0,20} (quota|limit|credits)|\bquota[^.]{0,30}(not enough|exhausted|used up|exceeded)|credit balance|balance[^.]{0,20} (too low|not enough|insufficient|exhausted)|((not enough|more|out of|no|any|run out of|used (up )?all)[^.]{0,30}\bcredits|credits[^.]{0,20}(depleted|exhausted|used up))(?! (was|were|will))|billing (is |has been )?(disabled|not (enabled|active))|requires billing|(spend(ing)?|billing|usage|budget|monthly|credit)[^.]{0,12} (hard )?(limit|cap|budget|allocation)[^.]{0,30}(reached|exceeded|hit|exhausted)|(reach|exceed|hit)\w*[^.]{0,40}(spend(ing)?|billing|usage|budget|monthly)[^.]{0,12} (limit|cap)|account[^.]{0,40}(suspended|arrears|overdue|good standing|not active)|arrearage|payment required|overdue[- ]payment|daily free allocation|budget has been exceeded|key limit exceeded|余额不足|欠费|额度(不足|已用尽|已耗尽)|配额不足/i,
    examples: [
      'Insufficient Balance',
      'user quota is not enough',
      'Sorry, you have exceeded the free quota',
      'You exceeded your current quota, please check your plan and billing details',
      'Your credit balance is too low to access the Anthropic API.',
      "Your newly created team doesn't have any credits yet.",
      'You have exceeded your monthly included credits for Inference Providers.',
      'Account acme is suspended, possibly due to reaching the monthly spending limit or failure to pay past invoices.',
      'Billing hard limit has been reached',
      'Your team has either used all available credits or reached its monthly spending limit.',
      'Access denied, please make sure your account is in good standing.',
      'You have reached your specified API usage limits.',
      'This request requires more credits, or fewer max_tokens.',
      'You have used up your daily free allocation of 10,000 neurons.',
      'Budget has been exceeded! Current cost: 1.2, Max budget: 1',
      'Key limit exceeded (total limit).',
      'Your prepayment credits are depleted.',
      'This API method requires billing to be enabled.',
      '账户余额不足，请充值',
    ],
    source:
      'FerroxLabs/wayland issue 545; HKUDS/nanobot pull 4048; anthropics/claude-code issue 34522; help.aliyun.com/zh/model-studio; docs.x.ai',
  },
  {
    kind: 'model_not_found',
    pattern:
      /model((?!parameter|argument|\bpath).){0,120}(not found|does(n't| not) exist|not exist\b|(not|no longer) (available|accessible|offered|active|deployed|supported for)|(was|been|is) (now )?(deprecated|decommissioned|retired|sunset|discontinued|removed|shut ?down|turned off)|end of (its )?life|is not supported by any|not supported by (this )?provider|not (a )?(chat|text[- ]generation) model|not supported in the v1\/)|model[ _]not[ _]found|models?:? (\W?[\w.:@/-]+\W? )?(is |are )?(currently |temporarily )?not supported\b(?! (with|when|for|in combination)\b)|model (is |has been )?disabled|model (is )?only supported in|not work with the specified model|marked by provider as legacy|function '[\w-]+': not found for account|chute (was )?not found|no matching chute|not a (valid|chat|recognized|supported|known) model|(invalid|unknown|no such|unsupported|unrecognized) model|model (identifier|id|name)?[^.]{0,20} ?is (invalid|unknown|not valid)|model names are|not support model|unable to (access|find|load) model|no (endpoints found|allowed providers)|not_found_error.*\bmodel|access to (the |this )?model|try pulling it|is not found for API version|model (is )?(not loaded|unloaded)|no models? (is )?loaded|模型[^。]{0,12}(不存在|已下线|未找到|不可用)|无权(访问|使用)[^。]{0,6}模型/i,
    examples: [
      'The model `m` does not exist or you do not have access to it.',
      'Model Not Exist',
      'The supported API model names are deepseek-v4-pro or deepseek-v4-flash, but you passed m.',
      'The model grok-beta was deprecated on 2025-09-15 and is no longer accessible via the API.',
      "model 'command-r' was removed on September 15, 2025.",
      'This model version has reached the end of its life.',
      'The provided model identifier is invalid.',
      'This is not a chat model and thus not supported in the v1/chat/completions endpoint.',
      "The requested model 'x/y' is not supported by any provider you have enabled.",
      'AiError: No such model @cf/meta/llama-9 or task',
      'The model `llama3-8b` has been decommissioned and is no longer supported.',
      'models/gemini-1.0-pro is not found for API version v1beta, or is not supported for generateContent.',
      'Unable to access model m. Please visit the site to view the list of supported models.',
      'Model not found, inaccessible, and/or not deployed',
      'No endpoints found for x/y.',
      'model "m" not found, try pulling it first',
      'No models loaded. Please load a model in the developer page.',
      "You don't have access to the model with the specified model ID.",
      '模型不存在，请检查模型代码',
      '该令牌无权访问模型 m',
      'This token has no access to model m',
      'Model not supported: m',
      '`m` is not a supported model',
      'This model is only supported in v1/responses and not in v1/chat/completions.',
      'The chatCompletion operation does not work with the specified model, m.',
      'Access denied. This Model is marked by provider as Legacy.',
      "Function '1b2c': Not found for account 'a'",
      'No matching chute found!',
      'Model disabled.',
    ],
    source:
      'NousResearch/hermes-agent pull 113277; janhq/jan issue 6595; developers.cloudflare.com/workers-ai/platform/errors; docs.fireworks.ai; ollama/ollama; lmstudio-ai; QuantumNous/new-api; Azure, NVIDIA NIM, Chutes',
  },
  {
    kind: 'auth',
    pattern:
      /(invalid|incorrect|missing|expired|wrong|no|bad)\b[^.]{0,30}(api[ _-]?key|api token|credential|authentication|access token|bearer)|(api[ _-]?key|token|credential)s?[^.]{0,20}(invalid|not valid|expired|incorrect|missing|disabled|revoked|not found)|authentication (error|failed|fails|required)|(provide|include)[^.]{0,20} (api[ _-]?key|(bearer|access) token)|not authenticated|unauthori[sz]ed|not authorized|login fail|user not found|(无效|未提供)[^。]{0,6}(令牌|密钥|key)/i,
    examples: [
      'API key not valid. Please pass a valid API key.',
      'Incorrect API key provided: xa***en',
      'token expired or incorrect',
      'Authentication error',
      'Authentication Fails, Your api key is invalid',
      'No auth credentials found',
      "You didn't provide an API key.",
      'User is not authorized to access this resource',
      'login fail: Please carry the API secret key',
      '无效的令牌',
    ],
    source: 'Gemini, xAI, Zhipu, Cloudflare, DeepSeek, OpenRouter, AWS API Gateway, MiniMax, new-api',
  },
  {
    kind: 'content_filter',
    // Something was filtered; not just the word in a list of allowed values.
    pattern:
      /was (flagged|filtered)|flagged by|(flagged|blocked|rejected|stopped) (by|due to|for|as)[^.]{0,60}(content|safety|moderation|usage polic)|(violat\w+|triggering)[^.]{0,60}(content|usage|safety)[^.]{0,30}(polic(y|ies)|guidelines|filter)|(prompt|response|output|input|request) (was |is |has been )blocked|request blocked by[^.]{0,40}(content|safety|moderation|policy)|prohibited_content|content (violates|exists risk)|inappropriate content|sensitive (words|content) detected|敏感(词|内容)/i,
    examples: [
      "The response was filtered due to the prompt triggering the host's content management policy.",
      'Output blocked by content filtering policy',
      'Your request was rejected as a result of our safety system.',
      'Invalid prompt: your prompt was flagged as potentially violating our usage policy.',
      'Content violates usage guidelines.',
      'Content Exists Risk',
      'Request blocked by content safety policy',
      'The prompt was blocked: PROHIBITED_CONTENT',
      'Input data may contain inappropriate content.',
    ],
    source: 'Azure content filter; Anthropic; OpenAI; xAI; DeepSeek; help.aliyun.com/zh/model-studio',
  },
  {
    kind: 'overloaded',
    pattern:
      /overload|(at|over|no|insufficient|out of|enough|limited|exceeded|temporarily)\b[^.]{0,20} capacity|capacity[^.]{0,30}(exceeded|reached|exhausted|constraint)|(high|heavy|peak) (demand|load|traffic)|(model|server|service|workers?|engine|system)\b[^.]{0,30}(too )?busy|model[^.]{0,60} (is |currently )+(loading|warming|starting)|(service|model)[^.]{0,20} (is )?temporarily unavailable|no (available|healthy|free) (workers?|server|instances?|upstream|channel|executor)|no more data centers|负载(已)?(饱和|过高)|服务(器)?繁忙/i,
    examples: [
      'The engine is currently overloaded, please try again later',
      'Selected model is at capacity. Please try a different model.',
      'No capacity available for model m on the server',
      'Capacity temporarily exceeded, please try again.',
      'Model x/y is currently loading',
      'This model is currently experiencing high demand.',
      'Model too busy, unable to get response in less than 60 seconds',
      'all workers are busy',
      'Service temporarily unavailable',
      'no healthy upstream',
      '当前分组上游负载已饱和，请稍后再试',
    ],
    source:
      'Wei-Shaw/sub2api issue 5827; google-gemini/gemini-cli issues 20926, 27013; developers.cloudflare.com/workers-ai; Hugging Face; Envoy; new-api',
  },
]
