import type { MakeMethod } from './functions.ts'
import * as tokens from './proxy-token-codec.ts'
import type { ProxyTokenStore } from './proxy-token-store.ts'

/** Tokens of the proxy's clients. */
export function proxyTokensOver(method: MakeMethod): ProxyTokenStore {
  const listProxyTokens = method('list_proxy_tokens', tokens.proxyTokenList)
  return {
    createProxyToken: method('create_proxy_token', tokens.createdProxyToken),
    listProxyTokens: () => listProxyTokens({}),
    limitProxyToken: method('limit_proxy_token', tokens.limitedProxyToken),
    revokeProxyToken: method('revoke_proxy_token', tokens.revokedProxyToken),
    admitProxyToken: method('admit_proxy_token', tokens.admission),
    chargeProxyTokens: method('charge_proxy_tokens', tokens.chargedProxyTokens, tokens.toChargeInput),
  }
}
