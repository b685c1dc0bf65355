/**
 * [Note: no telemetry]
 * Since 1.29 ONNX Runtime's builds for Linux and macOS send events to Microsoft over HTTPS from native code, where nothing of
 * Node's sees it, and keep a device identifier in the person's cache folder. This variable, set before the library is loaded,
 * makes it create neither (pull request 27379 of microsoft/onnxruntime; later versions read the second name). Every entry
 * imports this file first; workers inherit the environment. `tests/zero-network.test.ts` looks for what it would leave behind.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1'
process.env['ORT_TELEMETRY_DISABLED'] = '1'
