export const common = {
  appName: 'DMRetriever Workbench',
  close: 'Close',
  cancel: 'Cancel',
  clear: 'Clear',
  dismiss: 'Dismiss',
  tryAgain: 'Try again',
  save: 'Save',
  undo: 'Undo',
  open: 'Open',
  more: 'More',
  next: 'Next',
  loading: 'Loading',
} as const
