import { expect, test } from 'vitest'
import { parseFlags } from '../../../src/cli/parse-flags.ts'
import { namedFiles } from '../../../src/cli/sweep-files.ts'
import { sweepFlags } from '../../../src/cli/sweep-flags.ts'

const parsed = (line: string) => parseFlags(line.split(' '), sweepFlags)
const id = '01a228e3-ad2b-7289-bb1c-4215d3039360'

test('loads are lists, in the order in which they were given', () => {
  expect(parsed('--concurrency 4,1')).toMatchObject({ flags: { concurrency: [4, 1], rate: null } })
  expect(parsed('--rate 0.5,10 --poisson')).toMatchObject({ flags: { rate: [0.5, 10], poisson: true } })
})

test('levels may be sought: by concurrency, or by rate', () => {
  expect(parsed('--concurrency auto --most 20')).toMatchObject({ flags: { concurrency: 'auto', most: 20 } })
  const find = '--find goodput>=0.95 --slo ttft=1s'
  expect(parsed(find)).toMatchObject({ flags: { find: 0.95, concurrency: null, rate: null } })
  expect(parsed(`${find} --rate auto`)).toMatchObject({ flags: { find: 0.95, rate: 'auto' } })
  expect(parsed(`${find} --concurrency auto`)).toMatchObject({ flags: { concurrency: 'auto' } })
})

test('a level lasts, and its clients think', () => {
  const line = '--concurrency 2 --duration 1.5 --think 200 --think-spread exponential'
  expect(parsed(line)).toMatchObject({ flags: { duration: 1.5, think: 200, thinkSpread: 'exponential' } })
})

test.each([
  ['--concurrency auto,2', '--concurrency must be auto alone, which looks for the levels, or a list of them'],
  ['--rate 2,auto', '--rate must be auto alone'],
  ['--concurrency 1;2', '--concurrency must be whole numbers separated by commas, such as 1,2,4'],
  [
    '--find goodput>=0.95 --slo ttft=1s --total 72',
    '--total must be at least 73: of 72 calls all may be good and their interval still not be above 0.95',
  ],
  ['--find goodput>=0.95', '--find needs --slo: what a good request keeps'],
  ['--find goodput>=1 --slo ttft=1s', '--find must be an objective such as goodput>=0.95, below 1'],
  ['--find goodput>=0.0 --slo ttft=1s', '--find must be above 0'],
  ['--find ttft>=0.9 --slo ttft=1s', '--find must be an objective such as goodput>=0.95'],
  ['--find goodput>=0.9 --slo ttft=1s --rate 3', '--find chooses the levels'],
  [
    '--find goodput>=0.9 --slo ttft=1s --rate auto --concurrency auto',
    'give one of --concurrency, --rate, --find, --trace',
  ],
  ['--rate auto', '--rate auto needs --find'],
  ['--rate 1 --most 3', '--most is for --concurrency auto and --find'],
  ['--rate 1 --total 3 --duration 3', '--total and --duration exclude each other'],
  ['--rate 1 --duration 0', '--duration must be from 1 to 86400'],
  ['--rate 1 --think 3', '--think is for --concurrency: an open loop waits for nobody'],
  ['--concurrency 1 --think-spread fixed', '--think-spread needs --think: the mean'],
  ['--concurrency 1 --think 1 --think-spread normal', '--think-spread must be fixed or exponential'],
  [`--run ${id} --find goodput>=0.9 --slo ttft=1s`, '--run reads a recorded sweep'],
  ['--total 5', 'give one of --concurrency, --rate, --find, --trace, --smoke and --run'],
  ['--concurrency 1 --rate 1', 'give one of --concurrency, --rate, --find, --trace, --smoke and --run'],
  ['--concurrency 0', '--concurrency must be from 1 to 2000 each'],
  ['--concurrency 1,1', '--concurrency must have each number once'],
  ['--rate 0', '--rate must be from 0.001 to 10000 each'],
  ['--rate 0.000000001', '--rate must be from 0.001 to 10000 each'],
  ['--rate 1,x', '--rate must be numbers separated by commas, such as 0.5,2,10'],
  ['--concurrency 1 --poisson', '--poisson is for --rate: a closed loop has no arrivals'],
  [
    '--concurrency 1 --slots 3',
    '--slots is for --rate and --trace: a closed loop has as many as its concurrency',
  ],
  ['--rate 1 --threads 0', '--threads must be from 1 to 64'],
  [`--run ${id} --reuse-connections`, '--run reads a recorded sweep'],
  ['--rate 1 --json --csv', '--json, --csv and --markdown without a file exclude each other'],
  ['--rate 1 --json --markdown', '--json, --csv and --markdown without a file exclude each other'],
  ['--smoke --rate 1', '--smoke is one request and no load: leave out --rate'],
  ['--smoke --poisson --think 5', '--smoke is one request and no load: leave out --poisson, --think'],
  [`--smoke --run ${id}`, 'give one of --concurrency, --rate, --find, --trace, --smoke and --run'],
  ['--smoke --max-cost 1 --total 3', '--smoke is one request and no load: leave out --total, --max-cost'],
  ['--smoke --find goodput>=0.9', '--smoke is one request and no load: leave out --find'],
  [
    '--smoke --cache warm --output-tokens 4 --prompts a --reuse-connections',
    'leave out --reuse-connections, --output-tokens, --cache, --prompts',
  ],
  ['--smoke --html', '--smoke is one request and has no report'],
  ['--rate 1 --slo ttft=0ms', "--slo: 'ttft=0ms' is no objective"],
  [
    `--run ${id} --total 3`,
    '--run reads a recorded sweep: of the others it takes --slo, --html, --markdown, --out, --json and --csv',
  ],
  ['--run 7', '--run must be the id of a run'],
])('%s is refused', (line, problem) => {
  expect(parsed(line)).toEqual({
    problem: expect.stringContaining(problem) as string,
  })
})

test('a recorded sweep takes objectives and a format', () => {
  expect(parsed(`--run ${id} --slo ttft=1s --json`)).toMatchObject({ flags: { run: id, slo: 'ttft=1s' } })
})

test.each([
  ['--html --concurrency 8', { html: 'bench-report.html', json: null, markdown: null }],
  ['--concurrency 8 --html', { html: 'bench-report.html', json: null, markdown: null }],
  ['--html=a.html --concurrency 8', { html: 'a.html', json: null, markdown: null }],
  ['--html a.html --out b.json --concurrency 8', { html: 'a.html', json: 'b.json', markdown: null }],
  ['--concurrency 8 --html --out=bench-elide.html', { html: 'bench-elide.html', json: null, markdown: null }],
  ['--concurrency 8 --out b.html', { html: null, json: 'b.html', markdown: null }],
  ['--markdown --html= --concurrency 8', { html: 'bench-report.html', json: null, markdown: null }],
  [`--run ${id} --markdown m.md --no-files`, { html: null, json: null, markdown: 'm.md' }],
])('%s names files', (line, files) => {
  const read = parsed(line)
  expect(read).toMatchObject({ flags: {} })
  expect(typeof read === 'object' && 'flags' in read && namedFiles(read.flags)).toEqual(files)
})
