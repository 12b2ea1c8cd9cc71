/** Opens the destination that a caller names. */

import { no } from "../guard.js";
import { DirectoryStore, FileTarget, SingleStore, StreamTarget } from "./handles.js";
import { MemoryStore } from "./memory.js";
import type { Store } from "./store.js";

/** Where a package goes: a folder's path (Node), a folder or file of a browser, or a stream. By default, a Blob. */
export type Destination = string | FileSystemDirectoryHandle | FileSystemFileHandle | WritableStream<Uint8Array>;

type OpenFolder = (folder: string, owner: object) => Promise<Store>;

let openFolder: OpenFolder | undefined;

/** Sets how folders are opened, if the platform has them. */
export function useFolders(open: OpenFolder): void {
  openFolder = open;
}

/** Opens a destination, called `name` in errors, for the client `owner`. */
export async function openStore(to: unknown, owner: object, name = "to"): Promise<Store> {
  if (to === undefined) return new MemoryStore();
  if (typeof to === "string" && openFolder !== undefined) return openFolder(to, owner);
  if (to instanceof WritableStream && !to.locked) return new SingleStore(new StreamTarget(to));
  const { kind } = Object(to) as { kind?: unknown };
  if (kind === "directory") return new DirectoryStore(to as FileSystemDirectoryHandle);
  if (kind === "file") return new SingleStore(new FileTarget(to as FileSystemFileHandle));
  throw no(name, "a path (in Node), a handle or an unlocked WritableStream", to);
}

/**
 * Works with a store, then closes it. A failure to close is ignored: the result is durable by then, and an error of the work
 * matters more.
 */
export async function within<T>(store: Store | undefined, work: () => Promise<T>): Promise<T> {
  let reason: unknown;
  try {
    return await work();
  } catch (error) {
    reason = error;
    throw error;
  } finally {
    await store?.close(reason).catch(() => undefined);
  }
}
