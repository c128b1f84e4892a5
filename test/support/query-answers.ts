// The answers to the questions in the sample history, which is asked on November 26, 12:20. TTFT goes round
// in five steps of 10 ms, so that a median is the middle step: 320 of 300 to 340 for gpt-4o-mini, 120 for
// Groq, 330 for Together AI.
export const answers: Record<string, string> = {
  'latest-results': `
    provider | model | parameters | region | created_at | outcome | ttft_ms | tps | total_latency_ms | cost_usd
    Groq | openai/gpt-oss-20b | {"reasoning":"least"} | iad1 | 2026-11-26T12:00:03Z | ok | 130.0 | 203.0 | 730.0 | 0.00005000
    OpenAI | gpt-4o-mini | {"reasoning":"least"} | fra1 | 2026-11-26T12:00:02Z | ok | 450.0 | 53.0 | 1050.0 | 0.00010000
    OpenRouter | openai/gpt-oss-20b:free | {"reasoning":"least"} | iad1 | 2026-11-26T09:10:10Z | ok | 900.0 | 22.0 | 2100.0 |
    Synthetic | synthetic/steady | {"reasoning":"least"} | iad1 | 2026-11-26T10:05:01Z | ok | 10.0 | 1000.0 | 610.0 | 0.00000000
    Together AI | moonshotai/Kimi-K2 | {"reasoning":"least"} | iad1 | 2026-11-26T12:00:05Z | server_error |  |  | 200.0 |
    Together AI | openai/gpt-oss-20b | {"reasoning":"least"} | iad1 | 2026-11-26T12:01:04Z | overloaded |  |  | 200.0 |
  `,
  // Stale is what had no check for 75 minutes: two and a half times 30. gpt-4o-mini has been up from the
  // first hour on: an empty account is not its fault.
  'target-health': `
    state | provider | model | parameters | region | since | last_check_at | last_error_at | last_error_kind | last_error_message
    down | Together AI | moonshotai/Kimi-K2 | {"reasoning":"least"} | iad1 | 2026-11-26T11:31:05Z | 2026-11-26T12:00:05Z | 2026-11-26T12:00:05Z | server_error | Internal error
    failing | Together AI | openai/gpt-oss-20b | {"reasoning":"least"} | iad1 | 2026-11-26T12:00:04Z | 2026-11-26T12:00:04Z | 2026-11-26T12:00:04Z | overloaded | The engine is overloaded
    stale | OpenRouter | openai/gpt-oss-20b:free | {"reasoning":"least"} | iad1 | 2026-11-26T09:10:10Z | 2026-11-26T09:10:10Z |  |  |
    stale | Synthetic | synthetic/steady | {"reasoning":"least"} | iad1 | 2026-11-26T10:05:01Z | 2026-11-26T10:05:01Z |  |  |
    up | Groq | openai/gpt-oss-20b | {"reasoning":"least"} | iad1 | 2026-10-27T00:00:00Z | 2026-11-26T12:00:03Z |  |  |
    up | OpenAI | gpt-4o-mini | {"reasoning":"least"} | fra1 | 2026-11-25T12:00:00Z | 2026-11-26T12:00:02Z |  |  |
    up | OpenAI | gpt-4o-mini | {"reasoning":"least"} | iad1 | 2026-09-15T12:00:00Z | 2026-11-26T12:00:01Z |  |  |
    unknown | Groq | llama-3.1-8b-instant | {"reasoning":"least"} |  |  |  |  |  |
    paused | OpenAI | gpt-4.1-nano | {"reasoning":"least"} |  |  |  |  |  |
  `,
  // From 11:31:05 to 12:20.
  'open-incidents': `
    severity | kind | provider | model | region | first_bad_at | minutes | acknowledged_by | shadow | evidence
    critical | down | together | moonshotai/Kimi-K2 | iad1 | 2026-11-26T11:31:05Z | 49 |  | false | {"failures":2,"error_kinds":["server_error","timeout_first_token"]}
    major | errors | together | openai/gpt-oss-20b | iad1 | 2026-11-26T10:00:00Z | 140 |  | true | {"n":12,"failed":4}
  `,
  'incident-history': `
    first_bad_at | severity | kind | provider | model | region | minutes | minutes_unknown | resolve_reason | n_told
    2026-11-26T11:31:05Z | critical | down | together | moonshotai/Kimi-K2 | iad1 | 49 | 30 |  | 0
    2026-11-20T08:00:00Z | major | slow | together | openai/gpt-oss-20b | iad1 | 360 | 90 | recovered | 3
    2026-11-20T06:00:00Z | info | price_change | openai | gpt-4o-mini |  | 4320 | 0 | expired | 0
  `,
  'who-said-first': `
    opened_at | kind | provider | model | their_name | their_first_seen_at | minutes_later | claimed_later
    2026-11-26T12:01:05Z | down | together | moonshotai/Kimi-K2 | Kimi K2 is not available | 2026-11-26T12:11:05Z | 10 | -21
    `,
  // Of the slots at every 12 hours 58 are in the 30 days, 12 of them in the last week; of the 49 half-hourly
  // ones of Together AI one is no check (rate_limited), two failed and one more was cleared by its recheck.
  // Its TTFT is above 340 ms in each fifth step: 11 + 9 of 58 + 45 samples, 2 + 9 of 12 + 45 in the week.
  // Left: 1 - 20 / 10.3 and 1 - 2 / 1.06. Provable: n / (n + 1.96 ^ 2).
  objectives: `
    provider | model | region | objective | objective_percent | within_ms | days | n | bad | good_percent | budget | left_percent | burn_24h | burn_7d | provable_percent
    Together AI | openai/gpt-oss-20b | iad1 | ttft | 90 | 340 | 30 | 103 | 20 | 80.58 | 10.30 | -95 | 2.0 | 1.9 | 96.404
    Together AI | openai/gpt-oss-20b | iad1 | availability | 99 |  | 30 | 106 | 2 | 98.11 | 1.06 | -89 | 4.2 | 3.3 | 96.502
    OpenAI | gpt-4o-mini | fra1 | availability | 99.9 |  | 30 | 25 | 0 | 100.00 | 0.03 | 100 | 0.0 | 0.0 | 86.68
    OpenAI | gpt-4o-mini | iad1 | availability | 99.9 |  | 30 | 107 | 0 | 100.00 | 0.11 | 100 | 0.0 | 0.0 | 96.534
  `,
  // Of 60 TTFTs the 30th and 31st are 400 and 402; 0.95 * 59 of the way from 342 to 460 is 454.1.
  'proxy-ttft-by-input-size': `
    provider | model | input_from | n_samples | ttft_p50_ms | ttft_p95_ms
    groq | openai/gpt-oss-20b | 1024 | 3 | 160.0 |
    openai | gpt-4o-mini | 0 | 60 | 401.0 | 454.1
  `,
  // 1 of the 61 that ended was failed by the provider.
  'proxy-traffic-by-model': `
    provider | model | client | n_requests | n_provider_failed | provider_failed_percent | n_otherwise_failed | n_client_left | input_tokens | cached_tokens | output_tokens | cost_usd
    openai | gpt-4o-mini | web | 62 | 1 | 1.64 | 0 | 1 | 12000 | 0 | 3000 | 0.006000
    openai | gpt-4o-mini | batch | 5 | 0 | 0.00 | 0 | 0 | 25000 | 0 | 250 | 0.005000
    groq | openai/gpt-oss-20b | web | 3 | 0 | 0.00 | 0 | 0 | 9000 | 3000 | 150 | 0.000300
  `,
  // From 12:00 of the day before to 12:00 there are 49 half hours and 25 hours.
  'probe-against-traffic': `
    provider | model | region | series | n_probes | n_traffic | probe_ttft_p50_ms | traffic_ttft_p50_ms | difference_ms | difference_percent
    openai | gpt-4o-mini | iad1 | series-1 | 49 | 60 | 320.0 | 401.0 | 81.0 | 25.3
    groq | openai/gpt-oss-20b | iad1 | series-1 | 49 | 3 | 120.0 | 160.0 | 40.0 | 33.3
    openai | gpt-4o-mini | fra1 | series-1 | 25 | 60 | 440.0 | 401.0 | -39.0 | -8.9
  `,
  'latest-errors': `
    created_at | provider | model | region | fault_domain | error_kind | status_code | error_code | error_message | is_second_look | id
    2026-11-26T12:01:04Z | together | openai/gpt-oss-20b | iad1 | provider | overloaded | 503 |  | The engine is overloaded | true | 00000000-0000-4000-8000-000000000256
    2026-11-26T12:00:05Z | together | moonshotai/Kimi-K2 | iad1 | provider | server_error | 500 |  | Internal error | false | 00000000-0000-4000-8000-000000000254
    2026-11-26T12:00:04Z | together | openai/gpt-oss-20b | iad1 | provider | overloaded | 503 |  | The engine is overloaded | false | 00000000-0000-4000-8000-000000000253
    2026-11-26T11:31:05Z | together | moonshotai/Kimi-K2 | iad1 | provider | timeout_first_token | 200 |  | No token for 60 s | false | 00000000-0000-4000-8000-000000000153
    2026-11-26T04:00:04Z | together | openai/gpt-oss-20b | iad1 | account | rate_limited | 429 |  | Too many requests | false | 00000000-0000-4000-8000-000000100295
    2026-11-25T23:00:04Z | together | openai/gpt-oss-20b | iad1 | provider | server_error | 500 |  | Internal error | false | 00000000-0000-4000-8000-000000100259
    2026-11-25T18:00:04Z | together | openai/gpt-oss-20b | iad1 | provider | timeout_first_token | 200 |  | No token for 60 s | false | 00000000-0000-4000-8000-000000100224
    2026-10-15T12:00:01Z | openai | gpt-4o-mini | iad1 | account | quota | 402 |  | No credit left | false | 00000000-0000-4000-8000-000000100001
  `,
  // 24 hours of two samples and one of one. By hour, how many are at most 320, less half of them: +1, 0, 0,
  // +1, -1 in turn, so the squares of 24 hours come to 14, and the last adds a quarter. sqrt(25 / 24 * 14.25)
  // / 49 = 0.0786, times t(24) = 2.064 makes 0.162: from the 33.8th percentile (310) to the 66.2th (330).
  // Together AI lacks 12, 22, 32 (in the middle) and 48: sqrt(24 / 23 * 14.75) / 45 * 2.069 = 0.180, so 320
  // to 340, which overlaps.
  'leaderboard-24h': `
    region | series | rank | rank_to | provider | model | value | low | high | unit | n_samples | p95
    iad1 | series-1 | 1 | 1 | groq | openai/gpt-oss-20b | 120.00 | 110.00 | 130.00 | ms | 49 |
    iad1 | series-1 | 2 | 3 | openai | gpt-4o-mini | 320.00 | 310.00 | 330.00 | ms | 49 |
    iad1 | series-1 | 2 | 3 | together | openai/gpt-oss-20b | 330.00 | 320.00 | 340.00 | ms | 45 |
  `,
  // Six days of two samples, and 25 on each of the last two: squares of 1, 1, 1, 0, 0, 1, 6.25 and 6.25.
  // sqrt(8 / 7 * 16.5) / 62 * t(7) = 2.365 makes 0.166: 310 to 330. Together AI has 58 samples, one too few.
  // p95 of 62 is at 58.95 of them: 340, of which the last 11 are.
  'leaderboard-7d': `
    region | series | rank | rank_to | provider | model | value | low | high | unit | n_samples | p95
    iad1 | series-1 | 1 | 1 | groq | openai/gpt-oss-20b | 120.00 | 110.00 | 130.00 | ms | 62 | 140.00
    iad1 | series-1 | 2 | 2 | openai | gpt-4o-mini | 320.00 | 310.00 | 330.00 | ms | 62 | 340.00
  `,
  // 29 days whose squares come to 17, and 6.25 twice: sqrt(31 / 30 * 29.5) / 108 * t(30) = 2.042 makes 0.104:
  // from place 43.3 (310) to 65.7 (320). Together AI: 17 + 1.5 ** 2 + 2.5 ** 2 = 25.5; sqrt(31 / 30 * 25.5) /
  // 104 * 2.042 = 0.101: from place 42.1 (320) to 62.9 (330).
  'leaderboard-30d': `
    region | series | rank | rank_to | provider | model | value | low | high | unit | n_samples | p95
    iad1 | series-1 | 1 | 1 | groq | openai/gpt-oss-20b | 120.00 | 110.00 | 120.00 | ms | 108 | 140.00
    iad1 | series-1 | 2 | 3 | openai | gpt-4o-mini | 320.00 | 310.00 | 320.00 | ms | 108 | 340.00
    iad1 | series-1 | 2 | 3 | together | openai/gpt-oss-20b | 330.00 | 320.00 | 330.00 | ms | 104 | 350.00
  `,
  // Together AI: 62 calls less the rate limit, 2 failed: 59 of 61.
  'same-model': `
    same_model | region | series | provider | model | n_samples | ttft_p50_ms | tps_p50 | uptime_percent | input_usd_per_m | output_usd_per_m
    gpt-oss-20b | iad1 | series-1 | groq | openai/gpt-oss-20b | 62 | 120.0 | 202.0 | 100.00 | 0.1 | 0.5
    gpt-oss-20b | iad1 | series-1 | together | openai/gpt-oss-20b | 58 | 330.0 | 102.0 | 96.72 | 0.05 | 0.2
    gpt-oss-20b | iad1 | series-1 | openrouter | openai/gpt-oss-20b:free | 2 | 850.0 | 21.0 | 100.00 | 0.04 | 0.15
  `,
  // 49 calls: nine rounds of 100 ms and 0 + 10 + 20 + 30 are 960 ms, 19.6 each. Together AI lacks 20, 20, 20
  // and 30 of them: 870 / 45 = 19.3.
  'speed-by-target': `
    region | series | provider | model | n_samples | ttft_mean_ms | ttft_p50_ms | ttft_p95_ms | tps_mean | tps_p50 | latency_mean_ms | latency_p50_ms | latency_p95_ms
    fra1 | series-1 | openai | gpt-4o-mini | 25 | 440.0 | 440.0 |  | 52.0 | 52.0 | 1040.0 | 1040.0 |
    iad1 | series-1 | groq | openai/gpt-oss-20b | 49 | 119.6 | 120.0 |  | 202.0 | 202.0 | 719.6 | 720.0 |
    iad1 | series-1 | openai | gpt-4o-mini | 49 | 319.6 | 320.0 |  | 52.0 | 52.0 | 919.6 | 920.0 |
    iad1 | series-1 | together | openai/gpt-oss-20b | 45 | 329.3 | 330.0 |  | 101.9 | 102.0 | 929.3 | 930.0 |
    iad1 | series-1 | openrouter | openai/gpt-oss-20b:free | 2 | 850.0 | 850.0 |  | 21.0 | 21.0 | 2050.0 | 2050.0 |
  `,
  'speed-by-provider': `
    region | series | provider | n_samples | ttft_mean_ms | ttft_p50_ms | ttft_p95_ms | tps_mean | tps_p50 | latency_mean_ms | latency_p50_ms | latency_p95_ms
    fra1 | series-1 | openai | 25 | 440.0 | 440.0 |  | 52.0 | 52.0 | 1040.0 | 1040.0 |
    iad1 | series-1 | groq | 49 | 119.6 | 120.0 |  | 202.0 | 202.0 | 719.6 | 720.0 |
    iad1 | series-1 | openai | 49 | 319.6 | 320.0 |  | 52.0 | 52.0 | 919.6 | 920.0 |
    iad1 | series-1 | together | 45 | 329.3 | 330.0 |  | 101.9 | 102.0 | 929.3 | 930.0 |
    iad1 | series-1 | openrouter | 2 | 850.0 | 850.0 |  | 21.0 | 21.0 | 2050.0 | 2050.0 |
  `,
  // (49 * 300 + 960 + 49 * 100 + 960 + 45 * 310 + 870 + 800 + 900) / 145 = 262.3. The 73rd of 145 is after 49
  // of Groq, 10 of 300 and within the 20 of 310.
  'speed-by-region': `
    region | series | n_samples | ttft_mean_ms | ttft_p50_ms | ttft_p95_ms | tps_mean | tps_p50 | latency_mean_ms | latency_p50_ms | latency_p95_ms
    fra1 | series-1 | 25 | 440.0 | 440.0 |  | 52.0 | 52.0 | 1040.0 | 1040.0 |
    iad1 | series-1 | 145 | 262.3 | 310.0 | 350.0 | 117.7 | 102.0 | 870.6 | 910.0 | 950.0
  `,
  // From November 12, 12:00 to November 19, 13:00: 15 calls, three whole rounds: a standard deviation of
  // sqrt(15 * 200 / 14).
  'percentiles-of-model': `
    metric | provider | region | series | n_samples | mean | sd | p50 | p90 | p95 | p99
    latency | openai | iad1 | series-1 | 15 | 920.0 | 14.6 | 920.0 |  |  |
    tps | openai | iad1 | series-1 | 15 | 52.0 | 1.5 | 52.0 |  |  |
    ttfa | openai | iad1 | series-1 | 15 | 370.0 | 14.6 | 370.0 |  |  |
    ttft | openai | iad1 | series-1 | 15 | 320.0 | 14.6 | 320.0 |  |  |
  `,
  // 25 hours, of which the last has one sample; 13 slots more in 7 days, 59 in 30.
  coverage: `
    period | region | series | provider | model | n_samples | n_hours | n_days | is_ranked
    24h | iad1 | series-1 | openrouter | openai/gpt-oss-20b:free | 2 | 1 | 1 | false
    24h | fra1 | series-1 | openai | gpt-4o-mini | 25 | 25 | 2 | false
    24h | iad1 | series-1 | together | openai/gpt-oss-20b | 45 | 24 | 2 | true
    24h | iad1 | series-1 | groq | openai/gpt-oss-20b | 49 | 25 | 2 | true
    24h | iad1 | series-1 | openai | gpt-4o-mini | 49 | 25 | 2 | true
    7d | iad1 | series-1 | openrouter | openai/gpt-oss-20b:free | 2 | 1 | 1 | false
    7d | fra1 | series-1 | openai | gpt-4o-mini | 25 | 25 | 2 | false
    7d | iad1 | series-1 | together | openai/gpt-oss-20b | 58 | 37 | 8 | false
    7d | iad1 | series-1 | groq | openai/gpt-oss-20b | 62 | 38 | 8 | true
    7d | iad1 | series-1 | openai | gpt-4o-mini | 62 | 38 | 8 | true
    30d | iad1 | series-1 | openrouter | openai/gpt-oss-20b:free | 2 | 1 | 1 | false
    30d | fra1 | series-1 | openai | gpt-4o-mini | 25 | 25 | 2 | false
    30d | iad1 | series-1 | together | openai/gpt-oss-20b | 104 | 83 | 31 | true
    30d | iad1 | series-1 | groq | openai/gpt-oss-20b | 108 | 84 | 31 | true
    30d | iad1 | series-1 | openai | gpt-4o-mini | 108 | 84 | 31 | true
  `,
  // Together AI: 108 calls without the rate limit; of the failures at 12, 22 and 48 the second was cleared:
  // 105 of 107 is 98.13 %.
  uptime: `
    provider | model | parameters | region | series | n_checks | n_failed | uptime_percent
    together | moonshotai/Kimi-K2 | {"reasoning":"least"} | iad1 | series-1 | 2 | 2 | 0.00
    together | openai/gpt-oss-20b | {"reasoning":"least"} | iad1 | series-1 | 107 | 2 | 98.13
    groq | openai/gpt-oss-20b | {"reasoning":"least"} | iad1 | series-1 | 108 | 0 | 100.00
    openai | gpt-4o-mini | {"reasoning":"least"} | fra1 | series-1 | 25 | 0 | 100.00
    openai | gpt-4o-mini | {"reasoning":"least"} | iad1 | series-1 | 108 | 0 | 100.00
    openrouter | openai/gpt-oss-20b:free | {"reasoning":"least"} | iad1 | series-1 | 2 | 0 | 100.00
    synthetic | synthetic/steady | {"reasoning":"least"} | iad1 | series-1 | 1 | 0 | 100.00
  `,
  // Together AI: 49 calls of one model and 2 of the other; 6 failed, of which one by the account and one was
  // cleared: 4 of 50. A week has 13 more.
  'error-rate': `
    provider | region | n_calls_24h | n_errors_24h | error_percent_24h | provider_error_percent_24h | n_calls_7d | n_errors_7d | error_percent_7d | provider_error_percent_7d
    together | iad1 | 51 | 6 | 11.76 | 8.00 | 64 | 6 | 9.38 | 6.35
    groq | iad1 | 49 | 0 | 0.00 | 0.00 | 62 | 0 | 0.00 | 0.00
    openai | fra1 | 25 | 0 | 0.00 | 0.00 | 25 | 0 | 0.00 | 0.00
    openai | iad1 | 49 | 0 | 0.00 | 0.00 | 62 | 0 | 0.00 | 0.00
    openrouter | iad1 | 2 | 0 | 0.00 | 0.00 | 2 | 0 | 0.00 | 0.00
    synthetic | iad1 | 1 | 0 | 0.00 | 0.00 | 1 | 0 | 0.00 | 0.00
  `,
  // At 12, 22, 32 and 48, and twice Kimi K2; the recheck at 48 is left out.
  'errors-last-week': `
    fault_domain | error_kind | provider | region | n | n_models | first_day | last_day
    provider | server_error | together | iad1 | 2 | 2 | 2026-11-25 | 2026-11-26
    provider | timeout_first_token | together | iad1 | 2 | 2 | 2026-11-25 | 2026-11-26
    account | rate_limited | together | iad1 | 1 | 1 | 2026-11-26 | 2026-11-26
    provider | overloaded | together | iad1 | 1 | 1 | 2026-11-26 | 2026-11-26
  `,
  'errors-all-time': `
    fault_domain | error_kind | provider | region | n | n_models | first_day | last_day
    provider | server_error | together | iad1 | 2 | 2 | 2026-11-25 | 2026-11-26
    provider | timeout_first_token | together | iad1 | 2 | 2 | 2026-11-25 | 2026-11-26
    account | quota | openai | iad1 | 1 | 1 | 2026-10-15 | 2026-10-15
    account | rate_limited | together | iad1 | 1 | 1 | 2026-11-26 | 2026-11-26
    provider | overloaded | together | iad1 | 1 | 1 | 2026-11-26 | 2026-11-26
  `,
  // November: 49 + 49 calls of each, 25 more of gpt-4o-mini from fra1. Together AI: 98 and two rechecks, of
  // which 98 - 4 + 1 answered, and two of Kimi K2.
  'cost-by-month': `
    month | provider | cost_usd | n_calls | input_tokens | output_tokens | n_cost_unknown
    2026-11 | openai | 0.012300 | 123 | 61500 | 12300 | 0
    2026-11 | groq | 0.004900 | 98 | 49000 | 9800 | 0
    2026-11 | together | 0.001900 | 102 | 47500 | 9500 | 0
    2026-11 | openrouter | 0.000300 | 2 | 1000 | 200 | 1
    2026-10 | openai | 0.001000 | 11 | 5000 | 1000 | 0
    2026-10 | groq | 0.000500 | 10 | 5000 | 1000 | 0
    2026-10 | together | 0.000200 | 10 | 5000 | 1000 | 0
    2026-09 | openai | 0.000100 | 1 | 500 | 100 | 0
  `,
  // gpt-4o-mini: 108 + 25 answers. 80 of 100 tokens are visible: 1000 * 0.0001 / 80 = 0.00125. Together AI:
  // 108 - 4 + 1 answers.
  'cost-by-model': `
    provider | model | cost_usd | usd_per_answer | usd_per_1k_visible_tokens | n_calls | n_answers | n_cost_unknown
    openai | gpt-4o-mini | 0.013300 | 0.00010000 | 0.001250 | 133 | 133 | 0
    groq | openai/gpt-oss-20b | 0.005400 | 0.00005000 | 0.000625 | 108 | 108 | 0
    together | openai/gpt-oss-20b | 0.002100 | 0.00002000 | 0.000250 | 110 | 105 | 0
    openrouter | openai/gpt-oss-20b:free | 0.000300 | 0.00030000 |  | 2 | 2 | 1
    together | moonshotai/Kimi-K2 | 0.000000 |  |  | 2 | 0 | 0
  `,
  // The latest 24 runs, half an hour apart: 1440 make 30 days. gpt-4o-mini: 24 calls and 12 from fra1, 0.0036
  // / 24. Together AI: 22 answers.
  'projected-month': `
    schedule | provider | model | minutes_between_runs | usd_per_run | usd_in_30_days | n_cost_unknown
    benchmark | openai | gpt-4o-mini | 30.0 | 0.00015000 | 0.2160 | 0
    benchmark | groq | openai/gpt-oss-20b | 30.0 | 0.00005000 | 0.0720 | 0
    benchmark | together | openai/gpt-oss-20b | 30.0 | 0.00001833 | 0.0264 | 0
    benchmark | together | moonshotai/Kimi-K2 | 30.0 |  |  | 0
  `,
  // 0.00017 and 0.0001 for the input of one that failed; 0.00025 and three of these; 0.0003 and an answer of
  // unknown cost, estimated at 0.001.
  spending: `
    day | usd | usd_in_month_so_far
    2026-11-26 | 0.002120 | 0.002120
  `,
  // Only OpenRouter says what it charged: 0.0003 of 0.00025.
  'charge-drift': `
    provider | model | n_answers | charged_usd | computed_usd | drift_percent | largest_usd
    OpenRouter | openai/gpt-oss-20b:free | 1 | 0.00030000 | 0.00025000 | 20.00 | 0.00005000
  `,
  'latest-prices': `
    provider | model | input_usd_per_m | output_usd_per_m | cached_usd_per_m | overrides | source | as_of | since
    Groq | openai/gpt-oss-20b | 0.1 | 0.5 |  | [] | models.dev | 2026-09-01T00:00:00Z | 2026-09-01T00:00:00Z
    OpenAI | gpt-4o-mini | 0.3 | 0.6 |  | [] | provider | 2026-11-20T00:00:00Z | 2026-11-20T06:00:00Z
    OpenRouter | openai/gpt-oss-20b:free | 0.04 | 0.15 |  | [] | models.dev | 2026-09-01T00:00:00Z | 2026-09-01T00:00:00Z
    Synthetic | synthetic/steady | 0 | 0 |  | [] | models.dev | 2026-09-01T00:00:00Z | 2026-09-01T00:00:00Z
    Together AI | moonshotai/Kimi-K2 | 0.05 | 0.2 |  | [] | models.dev | 2026-09-01T00:00:00Z | 2026-09-01T00:00:00Z
    Together AI | openai/gpt-oss-20b | 0.05 | 0.2 |  | [] | models.dev | 2026-09-01T00:00:00Z | 2026-09-01T00:00:00Z
  `,
  'latest-price-of-model': `
    provider | input_usd_per_m | output_usd_per_m | source | since
    OpenAI | 0.3 | 0.6 | provider | 2026-11-20T06:00:00Z
  `,
  'prices-across-providers': `
    provider | model | input_usd_per_m | output_usd_per_m | source | since
    OpenRouter | openai/gpt-oss-20b:free | 0.04 | 0.15 | models.dev | 2026-09-01T00:00:00Z
    Together AI | openai/gpt-oss-20b | 0.05 | 0.2 | models.dev | 2026-09-01T00:00:00Z
    Groq | openai/gpt-oss-20b | 0.1 | 0.5 | models.dev | 2026-09-01T00:00:00Z
  `,
  'price-history': `
    provider | input_usd_per_m | output_usd_per_m | source | since | valid_until
    OpenAI | 0.3 | 0.6 | provider | 2026-11-20T06:00:00Z |
    OpenAI | 0.15 | 0.6 | models.dev | 2026-09-01T00:00:00Z |
  `,
  'price-changes': `
    provider | model | since | input_usd_per_m_before | input_usd_per_m | output_usd_per_m_before | output_usd_per_m | source | as_of | valid_until
    OpenAI | gpt-4o-mini | 2026-11-20T06:00:00Z | 0.15 | 0.3 | 0.6 | 0.6 | provider | 2026-11-20T00:00:00Z |
  `,
  'price-conflicts': `
    provider | model | gap_percent | believed | input_usd_per_m | output_usd_per_m | other | other_input_usd_per_m | other_output_usd_per_m
    OpenAI | gpt-4o-mini | 50 | provider | 0.3 | 0.6 | models.dev | 0.15 | 0.6
  `,
  // 29.5 days of two slots each, and 11 days less the one that was filed.
  'run-gaps': `
    schedule | since | until | n_slots | reason
    benchmark | 2026-10-26T12:00:00Z | 2026-10-26T12:00:00Z | 1 | the database was away
    benchmark | 2026-10-16T00:00:00Z | 2026-10-27T00:00:00Z | 21 |
    benchmark | 2026-09-16T00:00:00Z | 2026-10-15T12:00:00Z | 59 |
  `,
  run: `
    ordinal | provider | model | region | iteration | is_second_look | status | skip_reason | outcome | fault_domain | error_message | ttft_ms | tps | total_latency_ms | input_tokens | output_tokens | cost_usd
    1 | OpenAI | gpt-4o-mini | iad1 | 1 | false | done |  | ok |  |  | 330.0 | 53.0 | 930.0 | 500 | 100 | 0.00010000
    2 | OpenAI | gpt-4o-mini | fra1 | 1 | false | done |  | ok |  |  | 450.0 | 53.0 | 1050.0 | 500 | 100 | 0.00010000
    3 | Groq | openai/gpt-oss-20b | iad1 | 1 | false | done |  | ok |  |  | 130.0 | 203.0 | 730.0 | 500 | 100 | 0.00005000
    4 | Together AI | openai/gpt-oss-20b | iad1 | 1 | false | failed |  | overloaded | provider | The engine is overloaded |  |  | 200.0 |  |  |
    5 | Together AI | moonshotai/Kimi-K2 | iad1 | 1 | false | failed |  | server_error | provider | Internal error |  |  | 200.0 |  |  |
    6 | OpenRouter | openai/gpt-oss-20b:free | iad1 | 1 | false | skipped | rate limited until 12:30 |  |  |  |  |  |  |  |  |
    7 | Together AI | openai/gpt-oss-20b | iad1 | 1 | true | failed |  | overloaded | provider | The engine is overloaded |  |  | 200.0 |  |  |
  `,
  'results-of-run': `
    created_at | provider | model | region | iteration | status_code | finish_reason | response_model | input_tokens | output_tokens | reasoning_tokens | response_text
    2026-11-26T12:00:01Z | openai | gpt-4o-mini | iad1 | 1 | 200 | stop | gpt-4o-mini-2026 | 500 | 100 | 20 | Time is what clocks measure.
    2026-11-26T12:00:02Z | openai | gpt-4o-mini | fra1 | 1 | 200 | stop | gpt-4o-mini-2026 | 500 | 100 | 20 | Time is what clocks measure.
    2026-11-26T12:00:03Z | groq | openai/gpt-oss-20b | iad1 | 1 | 200 | stop | openai/gpt-oss-20b-2026 | 500 | 100 | 20 | Time is what clocks measure.
    2026-11-26T12:00:04Z | together | openai/gpt-oss-20b | iad1 | 1 | 503 |  |  |  |  |  |
    2026-11-26T12:00:05Z | together | moonshotai/Kimi-K2 | iad1 | 1 | 500 |  |  |  |  |  |
    2026-11-26T12:01:04Z | together | openai/gpt-oss-20b | iad1 | 1 | 503 |  |  |  |  |  |
  `,
  // Run 47 of the half-hourly ones beside run 48: the third step of five beside the fourth.
  'compare-runs': `
    provider | model | region | series | n_before | n_after | ttft_before_ms | ttft_after_ms | ttft_change_percent | tps_before | tps_after | tps_change_percent | latency_change_percent | n_failed_before | n_failed_after
    groq | openai/gpt-oss-20b | iad1 | series-1 | 1 | 1 | 120.0 | 130.0 | 8.3 | 202.0 | 203.0 | 0.5 | 1.4 | 0 | 0
    openai | gpt-4o-mini | fra1 | series-1 | 0 | 1 |  | 450.0 |  |  | 53.0 |  |  | 0 | 0
    openai | gpt-4o-mini | iad1 | series-1 | 1 | 1 | 320.0 | 330.0 | 3.1 | 52.0 | 53.0 | 1.9 | 1.1 | 0 | 0
    together | moonshotai/Kimi-K2 | iad1 | series-1 | 0 | 0 |  |  |  |  |  |  |  | 1 | 1
    together | openai/gpt-oss-20b | iad1 | series-1 | 1 | 0 | 330.0 |  |  | 102.0 |  |  |  | 0 | 1
  `,
  // Of the third shard 70 s: the 99th is 0.98 of the way there from the second, 3 s.
  fleet: `
    region | status | n_shards | n_probes | n_lost | late_p50_s | late_p99_s | first_window | last_window
    fra1 | done | 1 | 1 | 0 | 2.0 | 2.0 | 2026-11-26T12:00:00Z | 2026-11-26T12:00:00Z
    iad1 | done | 4 | 5 | 1 | 3.0 | 68.7 | 2026-11-26T12:00:00Z | 2026-11-26T12:03:00Z
  `,
  providers: `
    name | slug | base_url | synthetic | penalty_until | created_at
    Groq | groq | https://api.groq.example/v1 | false |  | 2026-11-26T12:20:00Z
    OpenAI | openai | https://api.openai.example/v1 | false |  | 2026-11-26T12:20:00Z
    OpenRouter | openrouter | https://api.openrouter.example/v1 | false |  | 2026-11-26T12:20:00Z
    Synthetic | synthetic | https://api.synthetic.example/v1 | true |  | 2026-11-26T12:20:00Z
    Together AI | together | https://api.together.example/v1 | false |  | 2026-11-26T12:20:00Z
  `,
  models: `
    provider | model | type | available | context_window | output_limit | deprecated_on | shutdown_on | last_seen_at
    Groq | llama-3.1-8b-instant |  |  |  |  |  |  |
    Groq | openai/gpt-oss-20b |  |  |  |  |  |  |
    OpenAI | gpt-4.1-nano |  |  |  |  |  |  |
    OpenAI | gpt-4o-mini |  |  |  |  |  |  |
    OpenRouter | openai/gpt-oss-20b:free |  |  |  |  |  |  |
    Synthetic | synthetic/steady |  |  |  |  |  |  |
    Together AI | moonshotai/Kimi-K2 |  | false |  |  |  |  |
    Together AI | openai/gpt-oss-20b |  |  |  |  |  |  |
  `,
  'models-of-provider': `
    model | available | context_window | parameters | region | active
    gpt-4.1-nano |  |  | {"reasoning":"least"} |  | false
    gpt-4o-mini |  |  | {"reasoning":"least"} |  | true
  `,
  'leaving-targets': `
    provider | model | parameters | available | left_at | shutdown_on
    Together AI | moonshotai/Kimi-K2 | {"reasoning":"least"} | false | 2026-11-20T06:00:00Z |
  `,
  'sync-history': `
    provider | started_at | triggered_by | status | reason | n_listed | n_chat | n_added | n_left | n_returned | n_changed | n_prices | n_conflicts | n_leaving
    Groq | 2026-11-20T06:00:02Z | cron | failed | HTTP 401: the key was refused | 40 | 12 | 0 | 0 | 0 | 0 | 0 | 0 | 0
    Together AI | 2026-11-20T06:00:01Z | cron | saved |  | 40 | 12 | 0 | 1 | 0 | 0 | 0 | 0 | 0
    OpenAI | 2026-11-20T06:00:00Z | cron | saved |  | 40 | 12 | 0 | 0 | 0 | 0 | 1 | 1 | 0
  `,
}
