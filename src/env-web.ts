import type { WebSettings } from './jobs/config.ts'

// What the environment says of who may call the HTTP API, and where.

/** Its variables, read. */
interface WebValues {
  HOST: string
  PORT: number
  DATA_DIR: string
  PUBLIC_URL?: URL | undefined
  ALLOWED_HOSTS?: string[] | undefined
  CORS_ORIGINS?: URL[] | undefined
  ADMIN_TOKEN?: string | undefined
  CRON_SECRET?: string | undefined
  READ_TOKEN?: string | undefined
  PUBLIC_READS?: boolean | undefined
  STATUS_PAGE: 'off' | 'public'
  STATUS_TITLE: string
  STATUS_LOGO_URL?: string | undefined
  STATUS_HOST?: string | undefined
}

/** A reader whose token is another one as well could do what that one opens. */
export const sharedTokens = ({ READ_TOKEN: read, ...others }: Partial<WebValues> = {}): string[] =>
  (['ADMIN_TOKEN', 'CRON_SECRET'] as const)
    .filter((name) => read !== undefined && others[name] === read)
    .map((name) => `READ_TOKEN: is that of ${name}, which opens more: choose another`)

/** How it is set. */
export const webOf = (values: WebValues): WebSettings => ({
  host: values.HOST,
  port: values.PORT,
  publicUrl: values.PUBLIC_URL ?? null,
  allowedHosts: values.ALLOWED_HOSTS ?? [],
  corsOrigins: (values.CORS_ORIGINS ?? []).map((url) => url.origin),
  adminToken: values.ADMIN_TOKEN ?? null,
  readToken: values.READ_TOKEN ?? null,
  publicReads: values.PUBLIC_READS ?? null,
  dataDir: values.DATA_DIR,
  status:
    values.STATUS_PAGE === 'off'
      ? null
      : {
          title: values.STATUS_TITLE,
          logoUrl: values.STATUS_LOGO_URL ?? null,
          host: values.STATUS_HOST ?? null,
          publicUrl: values.PUBLIC_URL ?? null,
        },
})
