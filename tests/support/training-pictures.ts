import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { readFileSync } from 'node:fs'
import type { Locator, Page } from 'playwright-core'
import { WebSocket } from 'ws'
import type { WorkbenchContract } from '../../electron/contracts/index.ts'
import { workersOf } from '../faults/support/victims.ts'
import { goTo, LONGEST_MS, take } from './pictures.ts'
import type { OpenWindow } from './window.ts'

const RUNS = [
  { name: 'County pairs, fast', rate: '0.002' },
  { name: 'County pairs, careful', rate: '0.0005' },
] as const
const STEPS = '25'

/** Starts the smallest recipe on the sample library, with fewer steps than it has. */
async function start(page: Page, { name, rate }: (typeof RUNS)[number]): Promise<void> {
  await page.getByRole('button', { name: 'New training' }).first().click()
  const sheet = page.getByRole('dialog')
  await sheet.getByRole('radio', { name: /^Smoke/ }).click()
  await sheet.getByRole('textbox', { name: 'Learning rate' }).nth(1).fill(rate)
  await sheet.getByRole('button', { name: 'More settings' }).click()
  await sheet.getByRole('textbox', { name: 'Steps between dev checks' }).fill('5')
  for (const steps of await sheet.getByRole('textbox', { name: 'Steps at most' }).all()) await steps.fill(STEPS)
  await sheet.getByRole('textbox', { name: 'Name' }).fill(name)
  await sheet.getByRole('textbox', { name: 'Tags' }).fill('pilot')
  await sheet.getByText('Ready to start').waitFor()
  await sheet.getByRole('button', { name: 'Start training' }).click()
  await sheet.waitFor({ state: 'hidden', timeout: LONGEST_MS })
}

/** Starts an experiment made for the pictures: small models at three learning rates. */
async function startSeries(window: OpenWindow): Promise<void> {
  const smoke = JSON.parse(readFileSync('resources/recipes/smoke.json', 'utf8')) as { stages: object[] }
  const pairs = smoke.stages[1]
  const forms = { careful: 0.0005, even: 0.001, fast: 0.002 }
  const variants = Object.entries(forms).map(([name, learningRate]) => ({
    ...{ name, stages: [{ ...pairs, learningRate, maxSteps: 20 }] },
  }))
  const recipe = { ...smoke, name: 'learning-rate', stages: [pairs], variants, dev: { share: 0.15, every: 5 } }
  const { host, searchParams } = new URL(window.url)
  const socket = new WebSocket(`ws://${host}/rpc`, {
    headers: { Authorization: `Bearer ${searchParams.get('token')}`, Origin: `http://${host}` },
  })
  const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket })
  const client: ContractRouterClient<WorkbenchContract> = createORPCClient(link)
  await client.trainingSeries.start({ recipes: [recipe], name: 'Learning rates' })
  socket.close()
}

/** Has the two runs of the pictures trained to their ends, unless they were. */
export async function trained({ page }: OpenWindow): Promise<void> {
  await goTo(page, 'training')
  const first = page.getByRole('button', { name: 'New training' }).first()
  await first.waitFor()
  await page.waitForTimeout(1_000)
  if ((await page.getByText('Nothing has been trained yet').count()) > 0) for (const run of RUNS) await start(page, run)
  for (const id of RUNS.keys()) {
    await goTo(page, `training?run=${id + 1}`)
    await page.getByRole('heading', { name: 'Result', exact: true }).waitFor({ timeout: LONGEST_MS })
  }
}

/** Holds the worker of a kind still while `work` is done, so that all pictures show one moment. */
export async function whileHeld(
  window: OpenWindow,
  kind: 'train' | 'compute',
  work: () => Promise<void>,
): Promise<void> {
  const workers = workersOf(window.serverPid, kind)
  for (const pid of workers) process.kill(pid, 'SIGSTOP')
  try {
    await work()
  } finally {
    for (const pid of workers) process.kill(pid, 'SIGCONT')
  }
}

/** The last step of the plan, whatever the recipe has. */
const lastStage = (page: Page): Locator => page.getByRole('list', { name: 'Plan' }).getByRole('listitem').last()

/** The Training view with two real runs: while one goes on, when both are done, and side by side. */
export async function takeTrainingPictures(window: OpenWindow): Promise<void> {
  const { page } = window
  await goTo(page, 'training')
  for (const run of RUNS) await start(page, run)
  await goTo(page, 'training?run=2')
  await lastStage(page)
    .getByText(/dev \d/)
    .waitFor({ state: 'attached', timeout: LONGEST_MS })
  await whileHeld(window, 'train', async () => {
    await take(window, { name: 'training', place: 'training?run=2', ready: 'Time and cost' })
  })
  await trained(window)
  await startSeries(window)
  await goTo(page, 'training?tab=series')
  await page.getByText('1 of 3 done').waitFor({ timeout: LONGEST_MS })
  await page
    .getByText(/^\d+%$/)
    .first()
    .waitFor({ timeout: LONGEST_MS })
  await whileHeld(window, 'train', async () => {
    await take(window, { name: 'training-series', place: 'training?tab=series', ready: 'Learning rates: fast' })
  })
  await page.getByText('3 of 3 done').waitFor({ timeout: LONGEST_MS })
  await take(window, {
    ...{ name: 'training-compare', place: 'training?tab=compare&compare=1-2', ready: 'Settings that differ' },
  })
  await take(window, {
    ...{ name: 'training-runs', place: 'training?tab=runs&compare=1-2', ready: RUNS[0].name },
  })
  await take(window, {
    ...{ name: 'training-new', place: 'training?tab=runs', ready: RUNS[0].name },
    prepare: async (page) => {
      await page.getByRole('button', { name: 'New training' }).click()
      await page.getByText('Ready to start').waitFor()
    },
  })
  await take(window, {
    ...{ name: 'training-done', place: 'training?run=2', ready: 'Self-checks' },
    prepare: async (page) => {
      const card = page.getByRole('region', { name: 'Self-checks' })
      await card.getByRole('button', { name: 'Run' }).click()
      await card.getByText(/^took/).waitFor({ timeout: LONGEST_MS })
      await card.scrollIntoViewIfNeeded()
    },
  })
}
