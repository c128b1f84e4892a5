/** How models and prices are kept current. */
export interface SyncSettings {
  /** When, as a cron expression in UTC. */
  cron: string
  /** Whether a scheduled sync switches targets whose model leaves to its successor. */
  heal: boolean
  /** Where the latest prices are fetched from; null to use those that are shipped. */
  books: { genaiPricesUrl: string | null; modelsDevUrl: string | null }
}
