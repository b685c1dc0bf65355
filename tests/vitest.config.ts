import { svelte } from '@sveltejs/vite-plugin-svelte'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))

export default defineConfig({
  root,
  plugins: [svelte()],
  test: {
    include: ['{electron,renderer,native,resources,packaging,tests,bench}/**/*.test.ts'],
    // As every entry of the application does; see [Note: no telemetry].
    env: { ORT_DISABLE_TELEMETRY: '1', ORT_TELEMETRY_DISABLED: '1' },
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A loaded machine is slow, not wrong: browser tests may lose a race there once. A retry is shown in the report.
    retry: process.env['CI'] ? 1 : 0,
    expect: { poll: { timeout: 15_000 } },
  },
})
