/** Opens a package with the wasm and reads all of it: `node opened.mjs DIST PACKAGE`. */

import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [, , dist, path] = process.argv;
const { openPackage } = await import(pathToFileURL(join(dist, "package-node.js")).href);
const it = await openPackage(path);
const { tables } = await it.report();
console.log(JSON.stringify({ rows: tables.reduce((sum, { rows }) => sum + rows, 0) }));
await it.close();
