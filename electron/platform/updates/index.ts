export { checkForUpdate, fetchUpdate, type UpdateSource } from './fetch-update.ts'
export { type Installation } from './installers.ts'
export { MANIFEST, SIGNATURE } from './read-manifest.ts'
