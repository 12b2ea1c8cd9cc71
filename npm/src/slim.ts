/** The whole client for callers who instantiate the wasm themselves: call {@link initialize} first. */

export { initialize, initializeSync, type WasmSource } from "./wasm.js";
export { Client, Collection, type DeviceReport, type Package, type Report } from "./client.js";
export type { Clock } from "./clock.js";
export type { Task } from "./task.js";
export type { Signal } from "./halt.js";
export type { Fetch, GivenToken } from "./effect-handler.js";
export type { CallOptions, ClientOptions, CollectOptions, ManyOptions, TokenCredential } from "./options.js";
export type { Destination } from "./stores/open.js";
export * from "./core.js";
