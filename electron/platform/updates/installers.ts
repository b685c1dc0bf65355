import type { InstallerKind, UpdateFile, UpdateManifest } from '../../contracts/updates.ts'

/** What decides which installer fits. */
export interface Installation {
  readonly host: 'desktop' | 'web' | 'cli'
  readonly platform: NodeJS.Platform
  readonly arch: string
  /** Set by a running AppImage (docs.appimage.org). */
  readonly appImage: boolean
  /** True where the system installs .deb files. */
  readonly debian: boolean
}

/** The kinds that fit, best first. */
export function fittingKinds({ host, platform, appImage, debian }: Installation): readonly InstallerKind[] {
  if (platform === 'win32') return ['nsis', 'msi']
  if (platform === 'darwin') return ['dmg']
  if (platform !== 'linux') return []
  if (host !== 'desktop') return ['cli-deb']
  if (appImage) return ['appimage']
  return debian ? ['deb', 'appimage'] : ['rpm', 'appimage']
}

/** @returns undefined when the update has no installer for this computer. */
export function chooseInstaller({ files }: UpdateManifest, installation: Installation): UpdateFile | undefined {
  const here = files.filter(({ platform, arch }) => platform === installation.platform && arch === installation.arch)
  for (const kind of fittingKinds(installation)) {
    const file = here.find((candidate) => candidate.kind === kind)
    if (file) return file
  }
  return undefined
}

/** What a person does with the checked copy. */
export function nextStep(kind: InstallerKind, path: string): string {
  const inQuotes = `"${path}"`
  const steps: Record<InstallerKind, string> = {
    deb: `Close the application, then run: sudo apt install ${inQuotes}`,
    'cli-deb': `Run: sudo apt install ${inQuotes}`,
    rpm: `Close the application, then run: sudo dnf install ${inQuotes}`,
    appimage: `Close the application and put ${inQuotes} in the place of the old file.`,
    nsis: `Close the application and start ${inQuotes}; administrators may add /S for a silent installation.`,
    msi: `Close the application, then run: msiexec /i ${inQuotes} /qn`,
    dmg: `Close the application, open ${inQuotes} and drag the new one over the old.`,
  }
  return steps[kind]
}
