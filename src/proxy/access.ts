import type { ConfiguredProvider } from '../core/provider.ts'
import { isLoopback } from '../net/loopback.ts'
import { ignoreFailure } from '../store/ignore-failure.ts'
import type { ProxyTokenStore } from '../store/proxy-token-store.ts'
import { openCharges } from './charges.ts'
import { type Credentials, credentialsIn } from './credentials.ts'
import type { Admitted, Caller, Refused, Visitor } from './parts.ts'
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
  /** Lets a request in by its headers, which counts for its token, or refuses it. */
  enter: (caller: Caller) => Promise<Visitor<{ provider: Destination }> | Refused>
  /** Why the list of models may not be read; null if it may. With a token, that counts as a request. */
  admitReader: (caller: Caller) => Promise<Refused | null>
  /** Delivers the charges that wait. */
  close: () => Promise<void>
}

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
  const enter = async ({
    headers,
    query = '',
  }: Caller): Promise<Visitor<{ provider: Destination }> | Refused> => {
    const brought = credentialsIn(headers, query)
    if ('problem' in brought) return refusals[brought.problem]
    if (isExposed && brought.token === null) return refusals.token_needed
    const holder = brought.token === null ? nobody : await holderOf(brought.token)
    if ('status' in holder) return holder
    return {
      admit: ({ provider: to }) =>
        isOpen(brought, to) ? admitted(brought, to, holder) : refusals.credential_needed,
    }
  }
  return {
    enter,
    admitReader: async (caller) => {
      const said = await enter(caller)
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

/** Whether a destination takes what a request brings: a key of ours is for whoever has a token, but on this machine. */
const isOpen = ({ token, authorization }: Credentials, { key, baseUrl }: Destination): boolean =>
  token !== null || authorization !== null || key === null || isLoopback(baseUrl)

/** How a request goes on. What a client's own key pays is not charged to its token. */
function admitted(
  { authorization, label, fingerprint }: Credentials,
  to: Destination,
  holder: Holder,
): Admitted {
  const client = () => label ?? holder.name ?? fingerprint()
  if (authorization !== null) return { client, authorization, mode: 'pass-through', charge: free }
  const ours = to.key === null ? null : `Bearer ${to.key}`
  return { client, authorization: ours, mode: 'held', charge: holder.charge }
}

function nullIfStoreFails(error: unknown): null {
  ignoreFailure(error)
  return null
}
