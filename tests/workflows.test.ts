// The workflows cannot run here; what can be checked without running them is.
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseDocument } from 'yaml'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly shell?: string
}
interface Job {
  readonly needs?: string | string[]
  readonly 'runs-on'?: string
  readonly 'timeout-minutes'?: number
  readonly strategy?: { readonly matrix: { readonly include: readonly Record<string, string>[] } }
  readonly steps: readonly Step[]
}
interface Workflow {
  readonly on: unknown
  readonly permissions: Record<string, string>
  readonly jobs: Record<string, Job>
}

const workflows = globSync('.github/workflows/*.yml', { cwd: ROOT }).map((path) => {
  const document = parseDocument(readFileSync(join(ROOT, path), 'utf8'))
  return { path, errors: document.errors, workflow: document.toJS() as Workflow }
})

describe.each(workflows)('$path', ({ errors, workflow }) => {
  const jobs = Object.entries(workflow.jobs)
  const runs = jobs.flatMap(([name, job]) =>
    job.steps.flatMap((step) => (step.run === undefined ? [] : [{ name, job, step, run: step.run }])),
  )

  it('is YAML with a trigger, reading rights only, and a limit for every job', () => {
    expect(errors).toEqual([])
    expect(workflow.on).toBeTruthy()
    expect(workflow.permissions).toEqual({ contents: 'read' })
    for (const [name, job] of jobs) expect(job['timeout-minutes'], name).toBeGreaterThan(0)
  })

  it('waits for jobs that exist, and each step does one thing', () => {
    const names = jobs.map(([name]) => name)
    for (const [name, job] of jobs) {
      for (const needed of [job.needs ?? []].flat()) expect(names, `${name} needs ${needed}`).toContain(needed)
      for (const step of job.steps)
        expect(
          [step.uses, step.run].filter((part) => part !== undefined),
          name,
        ).toHaveLength(1)
    }
  })

  it('takes actions by version, and values only from where there are some', () => {
    for (const [name, job] of jobs) {
      for (const { uses } of job.steps) if (uses) expect(uses, name).toMatch(/^[\w-]+\/[\w-]+@v\d+$/u)
      const offered = new Set(job.strategy?.matrix.include.flatMap((row) => Object.keys(row)) ?? [])
      for (const [, used] of JSON.stringify(job).matchAll(/matrix\.(\w+)/gu)) expect(offered, name).toContain(used)
    }
  })

  it('runs scripts and files of this project that are there', () => {
    for (const { name, run } of runs) {
      for (const [, script] of run.matchAll(/npm run ([\w:-]+)/gu)) expect(scripts, name).toHaveProperty([script!])
      for (const [, file] of run.matchAll(/(?:^|\s)node ([\w./-]+\.[mc]?[jt]s)/gu))
        if (!file!.startsWith('node_modules/')) expect(existsSync(join(ROOT, file!)), `${name}: ${file}`).toBe(true)
    }
  })

  it('has no script that the shell cannot read', () => {
    for (const { name, step, run } of runs) {
      if (step.shell === 'pwsh') continue
      const { status, stderr } = spawnSync('bash', ['-n'], {
        input: run.replace(/\$\{\{.*?\}\}/gu, 'value'),
        encoding: 'utf8',
      })
      expect(status, `${name}: ${stderr}`).toBe(0)
    }
  })
})

it('there is one to check', () => expect(workflows.length).toBeGreaterThan(0))
