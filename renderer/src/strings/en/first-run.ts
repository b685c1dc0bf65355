export const firstRun = {
  title: 'Make your plans searchable',
  lead: 'Choose a folder with PDF files. The workbench reads every page on this computer, then answers questions with the page it found.',
  drop: 'Drop a folder here',
  dropHint: 'Subfolders are included and watched for changes',
  name: 'Which folder?',
  nameHint: 'Its path on the computer that runs the workbench. Subfolders are included and watched for changes',
  choose: 'Choose a folder',
  paste: 'Paste a path',
  sampleTitle: 'Look around first',
  sampleText: (documents: number, pages: string) =>
    `${documents} sample documents about floods, fires and storms, ${pages} pages. They can be removed at any time.`,
  sampleButton: 'Open the sample library',
  nextTitle: 'What happens next',
  next: [
    'Text is read from every page. Scans are listed, never dropped.',
    'Near copies are grouped. You choose the main copy.',
    'You can search after the first file. Closing the window does not stop it.',
  ],
  howLongTitle: 'How long on this computer',
  howLongPages: (pages: string) => `${pages} pages`,
  howLongUnknown: 'Measured as soon as the first pages are read, and shown from then on.',
  leavesTitle: 'What leaves this computer',
  leaves:
    'Nothing. No account, no connection. The counter in the bar below shows every connection the application makes.',
  connections: (count: number) => `${count} ${count === 1 ? 'connection' : 'connections'} since start`,
} as const
