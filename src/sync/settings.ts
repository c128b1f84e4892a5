/** How models and prices are kept current. */
export interface SyncSettings {
  /** Cron expression in UTC. */
  cron: string
  /** Whether a scheduled sync switches leaving targets to their successors. */
  heal: boolean
  /** Where to fetch the latest prices; null to use the shipped ones. */
  books: { genaiPricesUrl: string | null; modelsDevUrl: string | null }
}

/** Where the status pages of providers are asked. */
export interface OfficialSettings {
  /** Stands for all of them: `https://status.example/a.json` is asked for at `<mirror>/status.example/a.json`. */
  mirror: string | null
}
