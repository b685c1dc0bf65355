import { app, Menu, type MenuItemConstructorOptions } from 'electron'

/**
 * The application's menu. Only macOS shows it; elsewhere it carries the keys for zoom, full screen and editing, which
 * exist in Electron through menu roles alone. Electron's own menu would offer web pages and the developer tools.
 */
export function setMenu(): void {
  const items: MenuItemConstructorOptions[] = [
    ...(process.platform === 'darwin' ? [{ role: 'appMenu' } as const] : []),
    { role: 'fileMenu' },
    { role: 'editMenu' },
    {
      label: 'View',
      submenu: [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        // Without Shift, as browsers have it.
        { role: 'zoomIn', accelerator: 'CommandOrControl+=', visible: false },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        ...(app.isPackaged ? [] : ([{ role: 'reload' }, { role: 'toggleDevTools' }] as const)),
      ],
    },
    { role: 'windowMenu' },
  ]
  Menu.setApplicationMenu(Menu.buildFromTemplate(items))
}
