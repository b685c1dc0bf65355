import { expect, it } from 'vitest'
import { unpackedPath } from './unpacked-path.ts'

it.each([
  ['/opt/app/resources/app.asar/node_modules/v/vec0.so', '/opt/app/resources/app.asar.unpacked/node_modules/v/vec0.so'],
  [
    'C:\\app\\resources\\app.asar\\node_modules\\v\\vec0.dll',
    'C:\\app\\resources\\app.asar.unpacked\\node_modules\\v\\vec0.dll',
  ],
  ['/opt/app/resources/app.asar.unpacked/v/vec0.so', '/opt/app/resources/app.asar.unpacked/v/vec0.so'],
  ['/home/ann/myapp.asar/v/vec0.so', '/home/ann/myapp.asar/v/vec0.so'],
  ['/checkout/node_modules/v/vec0.so', '/checkout/node_modules/v/vec0.so'],
])('%s is loaded from %s', (path, expected) => expect(unpackedPath(path)).toBe(expected))
