/** The help text of `sweep`. */
export const sweepHelp = `Load an endpoint level by level and report what each level costs in latency.

Usage: pnpm tsx scripts/sweep.ts --concurrency LIST | --rate LIST | --find goodput>=X | --trace FILE | --smoke |
       --run ID [options]

How to load
  --concurrency LIST    closed loop: so many calls in flight, such as 1,2,4,8: each client sends when its
                        last answer has ended
  --rate LIST           open loop: so many requests per second, such as 0.5,1,2, sent when they are due
                        whatever became of those before
  --smoke               one request to each target, and one line: ttft, tokens, duration, tps
  --poisson             with --rate: as independent users send them, not evenly
  --seed N              the same prompts and output limits again, with --poisson the same arrivals, with
                        --think-spread the same pauses
  --trace FILE          open loop: the requests of a recorded trace, when and as long as it says (JSONL of
                        ours or Mooncake's, CSV of Azure or BurstGPT; docs/sweeps.md)
  --speed X             with --trace: X times faster, 0.001 to 1000 (default 1)
  --block-tokens N      with --trace: the size of a block of hash_ids, 1 to 100000 (default 512)
  --slots N             with --rate and --trace: at most N in flight, 1 to 2000 (default 256)
  --concurrency auto    1, 2, 4, ...: twice the last until that brings less than a tenth more requests/s, more
                        than 5 % fail, or this machine is the limit
  --find goodput>=X     the highest concurrency at which so large a share keeps --slo, or with --rate auto the
                        highest rate: twice the last until one does not hold, then between
  --most N              with auto or --find: no level above N, 1 to 2000 (default 256)
  --total N             calls per level that count, 1 to 100000 (default 50; with --find as many as it needs,
                        with auto at least 10 a client); warm-ups come before them; with --trace: its
                        first N requests (default all)
  --duration SECONDS    instead of --total: a level sends calls that count for so long, 1 to 86400
  --think MS            with --concurrency: a client waits so long after each answer, 1 to 60000
  --think-spread WORD   fixed (default), or exponential: seeded, with --think as the mean
  --reuse-connections   send a client's next request on the connection of its last; each opens its own without
  --threads N           measure in N threads, 1 to 64 (default: as many as the load needs, and more while
                        they are busy, up to the cores of this machine less one)
  --max-cost USD        stop before the call that could exceed it
  --max-errors N        stop once N calls have failed
  --i-own-this-endpoint more than concurrency 8 or 2 requests/s for an endpoint that is neither of this
                        machine or a private network nor in EGRESS_ALLOW

What to call and ask
  --provider NAME       only this provider; repeat, or separate several with commas
  --model ID            the exact model id, or else every model whose id contains it
  --base-url URL        an OpenAI-compatible endpoint instead, with --model
  --api-key-env NAME    environment variable that holds the key for --base-url
  --name NAME           display name of the endpoint of --base-url
  --synthetic           the built-in synthetic provider instead; its results are labeled
  --prompt TEXT         the prompt, or the name of one that is built in or in firsttoken.yaml;
                        --prompt-file FILE reads it from a file
  --prompt-category NAME the built-in prompts for reasoning, code, creative or qa, in turn
  --prompts DIR         every .txt and .md file of a folder, in turn
  --max-tokens N        output limit (default 512)
  --output-tokens LIST  an output limit for each request: 64,256 in turn, or 64..256 at random
  --temperature X       0 to 2 (default 0.7)
  --timeout SECONDS     deadline of a whole call (default 120)
  --context-tiers LIST  sizes in tokens, such as 0,5000: every level with each of them
  --cache HOW           cold: no two prompts begin alike (default); warm: all of a level are the same;
                        shared=N: the first N tokens of the context are the same for all

What to print
  --slo LIST            what a good request keeps, such as ttft=500ms,tpot=30ms (also ttfa, itl, latency)
  --run ID              the report of a recorded sweep; nothing is called
  --html [FILE]         the report as one page (default bench-report.html)
  --markdown [FILE]     a table for a pull request, on stdout or in a file
  --out FILE            everything as JSON, every request included; a FILE.html beside --html names the page
  --no-files            write no results/sweep-*.json and .html, which a sweep that is recorded leaves otherwise
  --json                one JSON document {run, levels} on stdout, nothing else
  --csv                 one row of CSV a level on stdout, nothing else
  --no-save             record nothing
  --quiet               errors and the report only
  --verbose             log more
  --help                this text

Every level of every target and context tier comes after the one before. docs/sweeps.md says what is measured
from when. Ctrl-C keeps what was measured, closes the run and prints the report.

Exit codes: 0 at least one probe succeeded, 1 none did, 2 bad usage or configuration, 3 a result could be
recorded neither in the database nor on disk or a file could not be written, 130 interrupted.
`
