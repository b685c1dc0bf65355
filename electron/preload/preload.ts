import { contextBridge, ipcRenderer, webUtils } from 'electron'

/** What the window gets besides the web platform: a port to the services, and the path of a file that was dropped on it. */
const workbench = {
  platform: process.platform,
  requestPort: (): void => ipcRenderer.send('workbench:request-port'),
  pathForFile: (file: File): string => webUtils.getPathForFile(file),
}
export type WorkbenchBridge = typeof workbench

contextBridge.exposeInMainWorld('workbench', workbench)

// A port cannot cross the context bridge; it is handed on by a message the page only accepts from its own window.
ipcRenderer.on('workbench:port', (event) =>
  window.postMessage({ type: 'workbench:port' }, window.location.origin, event.ports),
)
