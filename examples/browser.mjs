/**
 * Drives Chromium through Playwright: a page calls the API, and each response is checked. The collection uses Playwright's own
 * requests, with its proxy and certificates.
 *
 *     CHROMIUM=/usr/bin/chromium node examples/browser.mjs
 *
 * Requires `npm install playwright-core ./npm`, and the `mde-forensics` command on PATH for the emulator.
 */

import { Client } from "mde-forensics";
import { playwrightFetch, responseChecker } from "mde-forensics/playwright";
import { Emulator } from "mde-forensics/testing";
import { chromium } from "playwright-core";

const emulator = await Emulator.start({ cors: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
try {
  const context = await browser.newContext();
  const options = emulator.options();
  const client = new Client(emulator.tenant, { ...options, fetch: playwrightFetch(context.request) });
  const collection = await client.collect("ws-042", { comment: "INC-42" });
  const stored = await collection.download(process.argv[2] ?? "evidence/");
  console.log(`${stored.path}: ${stored.verdict}`);

  const page = await context.newPage();
  const heard = new Promise((resolve) => {
    page.on("response", responseChecker(options.baseUrl, ({ operation, status, error }) => {
      resolve(`the page called ${operation}: HTTP ${status}${error ? `, ${error.code}` : ""}`);
    }));
  });
  await page.goto(`${options.baseUrl}/_emulator/clock`);
  await page.evaluate((url) => fetch(url), `${options.baseUrl}/api/machineactions/${collection.actionId}`);
  console.log(await heard);
} finally {
  await browser.close();
  await emulator.stop();
}
