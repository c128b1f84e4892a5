import type { ConfiguredProvider } from '../core/provider.ts'
import { isLoopback } from '../net/loopback.ts'
import { ignoreFailure } from '../store/ignore-failure.ts'
import type { ProxyTokenStore } from '../store/proxy-token-store.ts'
import { openCharges } from './charges.ts'
import { type Credentials, credentialsIn } from './credentials.ts'
import type { Admitted, Caller, Refused } from './parts.ts'
import { refusalOf, refusals } from './refusals.ts'
import { hashOf } from './token.ts'
import { openTokenBook, type TokenBookParts } from './token-book.ts'

/** Where a request goes to, as far as that decides who may send it. */
type Destination = Pick<ConfiguredProvider, 'baseUrl' | 'key'>

/** What access is opened with. */
export interface ProxyAccessParts extends Omit<TokenBookParts, 'openStore'> {
  /** Whether more than this machine can call: then every request needs a token. */
  isExposed: boolean
  /** The wall clock. */
  date: () => Date
  /** Rejects with StoreError. */
  openStore: () => Promise<Pick<ProxyTokenStore, 'admitProxyToken' | 'chargeProxyTokens'>>
}

/** Who may use the proxy. */
export interface ProxyAccess {
  /** Admits a request, which counts for its token, or refuses it. */
  admit: (caller: Caller, upstream: { provider: Destination }) => Promise<Admitted | Refused>
  /** Why the list of models may not be read; null if it may. With a token, that counts as a request. */
  admitReader: (caller: Caller) => Promise<Refused | null>
  /** Delivers the charges that wait. */
  close: () => Promise<void>
}

/** A destination that takes no key, as what spends nothing has. */
const keyless: Destination = { baseUrl: 'http://localhost', key: null }

/** Opens the proxy to clients: by proxy tokens, or with keys of their own. */
export function openProxyAccess(parts: ProxyAccessParts): ProxyAccess {
  const { isExposed, date } = parts
  const book = openTokenBook(parts)
  const charges = openCharges(parts)

  const holderOf = async (token: string): Promise<Holder | Refused> => {
    const said = await book(hashOf(token)).catch(nullIfStoreFails)
    if (said === null) return refusals.tokens_unreadable
    if (said.refused !== null) return refusalOf(said, date())
    const { id: tokenId, name } = said.token
    return {
      name: `token ${name}`,
      charge: (usd) => {
        if (usd !== null) charges.add({ tokenId, day: said.day, usd })
      },
    }
  }
  const admit = async ({ headers, query = '' }: Caller, to: Destination): Promise<Admitted | Refused> => {
    const brought = credentialsIn(headers, query)
    if ('problem' in brought) return refusals[brought.problem]
    const missing = missingOf(brought, to, isExposed)
    if (missing !== null) return refusals[missing]
    const holder = brought.token === null ? nobody : await holderOf(brought.token)
    return 'status' in holder ? holder : admitted(brought, to, holder)
  }
  return {
    admit: (caller, { provider }) => admit(caller, provider),
    admitReader: async (caller) => {
      const said = await admit(caller, keyless)
      return 'status' in said ? said : null
    },
    close: charges.close,
  }
}

/** Whose token it is. */
interface Holder {
  name: string | null
  charge: (usd: number | null) => void
}

const free = () => undefined
const nobody: Holder = { name: null, charge: free }

/** What is missing of credentials; null if nothing is. */
function missingOf({ token, authorization }: Credentials, to: Destination, isExposed: boolean) {
  if (token !== null) return null
  if (isExposed) return 'token_needed'
  const isOpen = authorization !== null || to.key === null || isLoopback(to.baseUrl)
  return isOpen ? null : 'credential_needed'
}

/** How a request goes on. What a client's own key pays is not charged to its token. */
function admitted(
  { authorization, label, fingerprint }: Credentials,
  to: Destination,
  holder: Holder,
): Admitted {
  const client = label ?? holder.name ?? fingerprint
  if (authorization !== null) return { client, authorization, mode: 'pass-through', charge: free }
  const ours = to.key === null ? null : `Bearer ${to.key}`
  return { client, authorization: ours, mode: 'held', charge: holder.charge }
}

function nullIfStoreFails(error: unknown): null {
  ignoreFailure(error)
  return null
}
