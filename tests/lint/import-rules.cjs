// Who may import whom (ARCHITECTURE.md). Checked by dependency-cruiser; a folder's rule names what it may NOT reach.
const layer = (path) => `^electron/${path}/`
const domains = ['ingestion', 'retrieval', 'refinement', 'curation', 'training', 'evaluation']
const pure = '^electron/(contracts|text|ml/(ir|autodiff|nn|models|losses|optim|lora))/'
const tests = '(\\.test\\.ts$|/testing/|^tests/|^bench/)'

/** @param {string} name @param {string} from @param {string[]} to @param {string} comment */
const forbid = (name, from, to, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: tests },
  to: { path: to },
})

/** A domain may use earlier domains, through their index only. */
const domainRules = domains.flatMap((domain, position) => {
  const later = domains.slice(position + 1)
  const earlier = domains.slice(0, position)
  return [
    ...(later.length > 0
      ? [
          forbid(
            `${domain}-uses-earlier-domains-only`,
            layer(domain),
            later.map(layer),
            'ingestion < retrieval < refinement < curation < training < evaluation',
          ),
        ]
      : []),
    ...(earlier.length > 0
      ? [
          {
            ...forbid(
              `${domain}-enters-by-the-index`,
              layer(domain),
              earlier.map(layer),
              'Another domain is used through its index.ts.',
            ),
            to: { path: earlier.map(layer), pathNot: '/index\\.ts$' },
          },
        ]
      : []),
  ]
})

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A cycle has no order in which to be understood.',
      from: { path: '^(electron|native)/' },
      to: { circular: true },
    },
    {
      name: 'no-cycles-but-of-types',
      severity: 'error',
      comment: 'A part of a view may name the type of the whole that made it, and a view the list in which it stands.',
      from: { path: '^renderer/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only', 'dynamic-import'] } },
    },
    {
      ...forbid(
        'contracts-stand-alone',
        layer('contracts'),
        [],
        "Contracts import valibot and oRPC's contract package only.",
      ),
      to: { pathNot: ['^electron/contracts/', 'node_modules/(valibot|@orpc/contract|@orpc/shared)'] },
    },
    {
      ...forbid('pure-code-has-no-environment', pure, [], 'Pure code runs in every process and in the window.'),
      to: { dependencyTypes: ['core'] },
    },
    forbid(
      'pure-code-imports-pure-code',
      pure,
      ['^electron/(?!contracts/|text/|ml/)', '^renderer/', '^native/'],
      'Pure code knows no storage, host or window.',
    ),
    forbid(
      'storage-is-low',
      layer('(storage|jobs|platform)'),
      [layer(`(${domains.join('|')}|services|host|main|preload|workers)`), '^renderer/'],
      'Storage, jobs and ports are below the domains.',
    ),
    forbid(
      'domains-know-no-host',
      layer(`(${domains.join('|')})`),
      [layer('(services|host|main|preload)'), '^renderer/'],
      'A domain does not know who calls it.',
    ),
    forbid(
      'services-know-no-host',
      layer('services'),
      [layer('(host|main|preload)'), '^renderer/'],
      'The same services answer in every host.',
    ),
    ...domainRules,
    {
      ...forbid(
        'only-the-shell-imports-electron',
        '^(electron|renderer|native)/',
        ['^electron$', 'node_modules/electron/'],
        'Everything but the shell runs without Electron.',
      ),
      from: { path: '^(electron|renderer|native)/', pathNot: ['^electron/(main|preload)/', tests] },
    },
    forbid(
      'the-shell-is-thin',
      layer('(main|preload)'),
      [layer(`(${domains.join('|')}|storage|jobs|ml|text)`)],
      'Main and preload open windows and hand over ports; they do no work.',
    ),
    forbid(
      'the-window-sees-contracts',
      '^renderer/',
      ['^electron/(?!contracts/)', '^native/'],
      'The window talks to the services through the contract.',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.svelte', '.json'],
      conditionNames: ['import', 'require', 'node', 'default'],
      exportsFields: ['exports'],
    },
    exclude: { path: ['^out/', '^dist/'] },
  },
}
