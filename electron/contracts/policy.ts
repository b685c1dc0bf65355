import * as v from 'valibot'

/**
 * [Note: policy]
 * What an organisation decides for its computers. This table is the one source: from it come the JSON schema, the Windows
 * templates (ADMX, ADML) and the macOS profile in resources/policy, the check of what is read, and docs/policy.md's rows.
 * Precedence: policy > the person's setting > default. A policy that cannot be read or understood stops the start: to go on
 * without it would be to drop a restriction in silence.
 */
export interface PolicyKey {
  readonly kind: 'text' | 'switch' | 'percent' | 'list'
  readonly title: string
  /** One or two sentences for administrators. */
  readonly explanation: string
  readonly example: string | boolean | number | readonly string[]
}

export const POLICY_KEYS = {
  dataDirectory: {
    kind: 'text',
    title: 'Data directory',
    explanation:
      'Where libraries, models and training runs are kept. A leading ~ stands for the home folder of each person.',
    example: '~/Documents/DMRetriever',
  },
  networkOff: {
    kind: 'switch',
    title: 'No network',
    explanation: 'Refuses every outgoing connection except to the generator endpoint, where one is set.',
    example: true,
  },
  generatorEndpoint: {
    kind: 'text',
    title: 'Generator endpoint',
    explanation: 'The only address that may be connected to, such as that of a language model inside the organisation.',
    example: 'https://models.example.org/v1',
  },
  watchedRoots: {
    kind: 'list',
    title: 'Folders that may be indexed',
    explanation: 'Only folders inside one of these can be added to a library.',
    example: ['/srv/plans'],
  },
  allowedModels: {
    kind: 'list',
    title: 'Models that may be used',
    explanation:
      'SHA-256 of weight files (64 hexadecimal digits). Imported models with other weights cannot be used; the model that comes with the application can.',
    example: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
  },
  cpuSharePercent: {
    kind: 'percent',
    title: 'Share of the processor',
    explanation: 'Percentage of the processor cores that background work may use, 10 to 100.',
    example: 50,
  },
  updatesOff: {
    kind: 'switch',
    title: 'No updates',
    explanation: 'The application looks for no updates, whatever folder is named.',
    example: false,
  },
  updateFolder: {
    kind: 'text',
    title: 'Folder of updates',
    explanation: 'Folder or share where signed updates are put. The application looks there when a person asks it to.',
    example: '/mnt/software/dmretriever-workbench',
  },
  updateKey: {
    kind: 'text',
    title: 'Key of updates',
    explanation:
      'Ed25519 public key (DER, base64) that updates must be signed with; packaging/sign-update.ts makes one. Only updates signed with it are taken.',
    example: 'MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=',
  },
  ocrAutomatically: {
    kind: 'switch',
    title: 'Recognise text without being asked',
    explanation: 'Reads scanned pages as soon as they are found.',
    example: true,
  },
} as const satisfies Record<string, PolicyKey>

export type PolicyName = keyof typeof POLICY_KEYS

const text = v.pipe(v.string(), v.trim(), v.nonEmpty())

/** Refuses names that are not in the table: a misspelt restriction would otherwise restrict nothing. */
export const policySchema = v.strictObject({
  dataDirectory: v.optional(text),
  networkOff: v.optional(v.boolean()),
  generatorEndpoint: v.optional(v.pipe(text, v.url(), v.regex(/^https?:/u, 'must start with http:// or https://'))),
  watchedRoots: v.optional(v.array(text)),
  allowedModels: v.optional(
    v.array(v.pipe(text, v.toLowerCase(), v.regex(/^[0-9a-f]{64}$/u, 'must be 64 hexadecimal digits'))),
  ),
  cpuSharePercent: v.optional(v.pipe(v.number(), v.minValue(10), v.maxValue(100))),
  updatesOff: v.optional(v.boolean()),
  updateFolder: v.optional(text),
  updateKey: v.optional(v.pipe(text, v.regex(/^[A-Za-z0-9+/]{59}=$/u, 'must be 60 characters of base64'))),
  ocrAutomatically: v.optional(v.boolean()),
} satisfies Record<PolicyName, v.GenericSchema>)

export type Policy = Readonly<v.InferOutput<typeof policySchema>>
