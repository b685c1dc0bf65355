import svelte from 'eslint-plugin-svelte'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['node_modules', 'out', 'dist', 'native/build', '**/*.d.ts'] },
  ...tseslint.configs.strict,
  ...svelte.configs.recommended,
  { files: ['**/*.svelte', '**/*.svelte.ts'], languageOptions: { parserOptions: { parser: tseslint.parser } } },
  {
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // An index that is known to exist reads better with "!" than with a branch that cannot happen.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      // `Promise.withResolvers<void>()` is how a promise without a value is made.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // State is replaced whole ($state.raw), never mutated in place, so plain maps and sets are right.
      'svelte/prefer-svelte-reactivity': 'off',
      'no-console': 'error',
      // It takes the words of the reason behind a waived warning for names of warnings.
      'svelte/no-unused-svelte-ignore': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['tests/**', 'bench/**', 'resources/**', '**/*.mjs', '**/testing/**', '**/*.test.ts', 'native/**'],
    rules: { 'no-console': 'off' },
  },
)
