export const common = {
  appName: 'DMRetriever Workbench',
  close: 'Close',
  cancel: 'Cancel',
  browse: 'Browse',
  /** Why a browser could not hand over what was dropped. */
  dropped: {
    nothing: 'There was no file in what was dropped.',
    tooMany: (most: number) =>
      `More than ${most} files were dropped. Copy the folder to the computer that runs the workbench and paste its path.`,
    tooLarge:
      'A file of more than 1 GB was dropped. Copy it to the computer that runs the workbench and paste its path.',
    badName: 'A dropped file has a name that cannot be stored. Rename it and drop it again.',
    diskFull: 'The disk of the computer that runs the workbench is full. Free some space there.',
    failed: 'The file could not be brought to the computer that runs the workbench. Drop it again, or paste its path.',
  },
  pathsElsewhere: 'Paths are those of the computer that runs the workbench.',
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
