// What administrators get, each made from the one table in electron/contracts/policy.ts.
import { POLICY_KEYS, type PolicyKey } from '../../electron/contracts/policy.ts'
import { REGISTRY_KEY } from '../../electron/platform/policy/windows-registry.ts'

const NAMESPACE = 'DMRetriever.Policies.Workbench'
const KEYS: readonly (readonly [string, PolicyKey])[] = Object.entries(POLICY_KEYS)

const JSON_TYPES = {
  text: { type: 'string', minLength: 1 },
  switch: { type: 'boolean' },
  percent: { type: 'integer', minimum: 10, maximum: 100 },
  list: { type: 'array', items: { type: 'string', minLength: 1 } },
} as const satisfies Record<PolicyKey['kind'], object>

/** JSON Schema (draft 2020-12) of policy.json. */
export function jsonSchema(): string {
  const properties = Object.fromEntries(
    KEYS.map(([name, { kind, title, explanation, example }]) => [
      name,
      { title, description: explanation, ...JSON_TYPES[kind], examples: [example] },
    ]),
  )
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Policy of DMRetriever Workbench',
    type: 'object',
    additionalProperties: false,
    properties,
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

/** Administrative template: which registry value each policy writes. */
export function admx(): string {
  const policies = KEYS.map(([name, { kind }]) => {
    const value = kind === 'switch' ? ` valueName="${name}"` : ''
    return [
      `    <policy name="${name}" class="Machine" displayName="$(string.${name})" explainText="$(string.${name}_Help)"`,
      `            presentation="$(presentation.${name})" key="${REGISTRY_KEY}"${value}>`,
      '      <parentCategory ref="Workbench" />',
      '      <supportedOn ref="SUPPORTED_Windows10" />',
      ...admxBody(name, kind).map((line) => `      ${line}`),
      '    </policy>',
    ].join('\n')
  })
  return document('policyDefinitions', [
    '  <policyNamespaces>',
    `    <target prefix="workbench" namespace="${NAMESPACE}" />`,
    '  </policyNamespaces>',
    '  <resources minRequiredRevision="1.0" />',
    '  <supportedOn>',
    '    <definitions>',
    '      <definition name="SUPPORTED_Windows10" displayName="$(string.SUPPORTED_Windows10)" />',
    '    </definitions>',
    '  </supportedOn>',
    '  <categories>',
    '    <category name="Workbench" displayName="$(string.Workbench)" />',
    '  </categories>',
    '  <policies>',
    ...policies,
    '  </policies>',
  ])
}

/** Words of the administrative template, in English. */
export function adml(): string {
  const words = [
    ['Workbench', 'DMRetriever Workbench'],
    ['SUPPORTED_Windows10', 'Windows 10 and later'],
    ...KEYS.flatMap(([name, { title, explanation }]) => [
      [name, title],
      [`${name}_Help`, explanation],
    ]),
  ]
  return document('policyDefinitionResources', [
    '  <displayName>DMRetriever Workbench</displayName>',
    '  <description>Policies of DMRetriever Workbench</description>',
    '  <resources>',
    '    <stringTable>',
    ...words.map(([id, word]) => `      <string id="${id}">${escape(word!)}</string>`),
    '    </stringTable>',
    '    <presentationTable>',
    ...KEYS.map(([name, key]) => `      <presentation id="${name}">${admlField(name, key)}</presentation>`),
    '    </presentationTable>',
    '  </resources>',
  ])
}

/** A profile for macOS with the examples, to be cut down to what is wanted. */
export function plist(): string {
  const entries = KEYS.flatMap(([name, { example }]) => [
    `    <key>${name}</key>`,
    ...plistValue(example).map((line) => `    ${line}`),
  ])
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '  <dict>',
    ...entries,
    '  </dict>',
    '</plist>',
    '',
  ].join('\n')
}

/** Every generated file, by its path below `resources`. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  'policy.schema.json': jsonSchema,
  'policy/windows/dmretriever-workbench.admx': admx,
  'policy/windows/en-US/dmretriever-workbench.adml': adml,
  'policy/macos/org.dmretriever.workbench.plist': plist,
}

function admxBody(name: string, kind: PolicyKey['kind']): string[] {
  if (kind === 'switch')
    return [
      '<enabledValue><decimal value="1" /></enabledValue>',
      '<disabledValue><decimal value="0" /></disabledValue>',
    ]
  const element = {
    text: `<text id="${name}" valueName="${name}" required="true" />`,
    percent: `<decimal id="${name}" valueName="${name}" minValue="10" maxValue="100" required="true" />`,
    list: `<list id="${name}" key="${REGISTRY_KEY}\\${name}" valuePrefix="" />`,
  }[kind]
  return ['<elements>', `  ${element}`, '</elements>']
}

function admlField(name: string, { kind, title }: PolicyKey): string {
  const label = escape(title)
  if (kind === 'text') return `<textBox refId="${name}"><label>${label}</label></textBox>`
  if (kind === 'percent') return `<decimalTextBox refId="${name}" defaultValue="50">${label}</decimalTextBox>`
  return kind === 'list' ? `<listBox refId="${name}">${label}</listBox>` : ''
}

function document(root: string, lines: readonly string[]): string {
  const namespace = 'http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions'
  const open = `<${root} xmlns="${namespace}" revision="1.0" schemaVersion="1.0">`
  return ['<?xml version="1.0" encoding="utf-8"?>', open, ...lines, `</${root}>`, ''].join('\n')
}

function plistValue(value: PolicyKey['example']): string[] {
  if (typeof value === 'boolean') return [`<${value} />`]
  if (typeof value === 'number') return [`<integer>${value}</integer>`]
  if (typeof value === 'string') return [`<string>${escape(value)}</string>`]
  return ['<array>', ...value.map((item) => `  <string>${escape(item)}</string>`), '</array>']
}

function escape(text: string): string {
  return text.replace(/&/gu, '&amp;').replace(/</gu, '&lt;').replace(/>/gu, '&gt;')
}
