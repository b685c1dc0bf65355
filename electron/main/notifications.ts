import { app, Notification, type BrowserWindow } from 'electron'

/** Shown ones: a notification that nothing refers to any more is collected, and a click on it lost. */
const shown = new Set<Notification>()

/**
 * Tells something to the person who is looking at another program; in the window the view tells it itself. Systems without
 * notifications show nothing.
 */
export function notify(
  message: { readonly title: string; readonly body: string },
  window: () => BrowserWindow | undefined,
): void {
  if (window()?.isFocused() || !Notification.isSupported()) return
  const notification = new Notification(message)
  shown.add(notification)
  notification.once('click', () => {
    shown.delete(notification)
    // Without a window this opens one, as a second start of the program does.
    app.emit('activate')
  })
  notification.once('close', () => shown.delete(notification))
  notification.show()
}
