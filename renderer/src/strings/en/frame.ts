import { plural } from './format.ts'

export const frame = {
  views: 'Views',
  library: 'Library',
  search: 'Search',
  review: 'Review',
  training: 'Training',
  refinement: 'Data sets',
  evaluation: 'Evaluation',
  models: 'Models',
  activity: 'Activity',
  settings: 'Settings',
  /** Beside the name of the view of pairs. @param figure the same as `count`, written out */
  waiting: (count: number, figure: string) => `${figure} ${plural(count, 'pair waits', 'pairs wait')}`,
  goTo: (view: string) => `Go to ${view}`,
  jump: 'Go to a view, file or command',
  status: 'Status',
  noJobs: 'No jobs running',
  ended: (title: string, state: string) => `${title}: ${state}`,
  moreJobs: (count: number) => `${count} more`,
  model: (name: string) => `Model: ${name}`,
  keywordSearch: 'Keyword search',
  threads: (count: number, memory: string) => `${count} ${plural(count, 'thread', 'threads')} · ${memory}`,
  network: (connections: number) => `Network: ${connections} ${plural(connections, 'connection', 'connections')}`,
  connecting: 'Connecting',
  connectionLost: (seconds: number) =>
    seconds > 0 ? `Connection lost, trying again in ${seconds} s` : 'Connection lost, trying again',
  connectionLostHint: 'Work in the background goes on. What you see may be out of date.',
  tryNow: 'Try now',
  signedOut: 'The workbench was started again and does not know this window any more. Open the address it printed.',
  lostDuringCall: 'The connection was lost before the answer came. Try again.',
  viewFailed: 'This view could not be opened. Reload the window.',
} as const
