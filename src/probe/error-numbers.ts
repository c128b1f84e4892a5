import type { ErrorKind } from '../core/outcome.ts'

/** Zhipu's `error.code`, from docs.z.ai/api-reference/api-code. */
export const zhipuCodes: Readonly<Record<string, ErrorKind>> = {
  1000: 'auth',
  1001: 'auth',
  1002: 'auth',
  1003: 'auth',
  1113: 'quota',
  1210: 'bad_request',
  1211: 'model_not_found',
  1261: 'context_exceeded',
  1301: 'content_filter',
  1302: 'rate_limited',
  1303: 'rate_limited',
  1304: 'quota',
  1305: 'overloaded',
  1308: 'quota',
}

/** MiniMax's `base_resp.status_code`, from platform.minimax.io/docs/api-reference/errorcode. */
export const minimaxCodes: Readonly<Record<string, ErrorKind>> = {
  1000: 'server_error',
  1001: 'server_error',
  1002: 'rate_limited',
  1004: 'auth',
  1008: 'quota',
  1013: 'server_error',
  1026: 'content_filter',
  1027: 'content_filter',
  1039: 'rate_limited',
  2013: 'bad_request',
  2049: 'auth',
  2056: 'quota',
  2061: 'model_not_found',
}

/** Cloudflare's codes, from developers.cloudflare.com/workers-ai/platform/errors. */
export const cloudflareCodes: Readonly<Record<string, ErrorKind>> = {
  3006: 'context_exceeded',
  3007: 'server_error',
  3008: 'server_error',
  3023: 'auth',
  3036: 'quota',
  3039: 'bad_request',
  3040: 'overloaded',
  3041: 'model_not_found',
  3042: 'model_not_found',
  5004: 'bad_request',
  5007: 'model_not_found',
  5016: 'model_not_found',
  5018: 'model_not_found',
  5019: 'bad_request',
  10000: 'auth',
}

/**
 * Names of HTTP statuses, for an error in a 200 that gives none as a number: classes of the OpenAI SDKs,
 * google.rpc.Code, exceptions of AWS Bedrock.
 */
export const statusNames: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  badrequesterror: 400,
  bad_request: 400,
  bad_request_error: 400,
  invalid_argument: 400,
  failed_precondition: 400,
  validationexception: 400,
  validation_error: 400,
  invalidparameter: 400,
  invalid_parameter_error: 400,
  authenticationerror: 401,
  unauthorized: 401,
  unauthorizederror: 401,
  permissiondeniederror: 403,
  forbidden: 403,
  notfounderror: 404,
  not_found_error: 404,
  not_found: 404,
  unprocessableentityerror: 422,
  ratelimiterror: 429,
  internal: 500,
  internalservererror: 500,
  internal_server_error: 500,
  internalserverexception: 500,
  server_error: 500,
  api_error: 500,
  unavailable: 503,
  service_unavailable: 503,
  serviceunavailableerror: 503,
  deadline_exceeded: 504,
  timeout: 504,
}
