// Runs before the first paint so that the window never flashes in the wrong theme. A file of its own because the content
// policy allows no inline script. The setting itself lives in the services; this is the last one seen (state/theme.svelte.ts).
;(() => {
  const chosen = localStorage.getItem('theme')
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
})()
