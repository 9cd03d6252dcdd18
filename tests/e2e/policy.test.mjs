// The window's policy allows nothing inline and nothing from elsewhere: every page is opened by somebody who may, and the
// browser must not have had to stop anything.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { after, before, describe } from "node:test";
import { ask, openBrowser } from "./browser.mjs";
import { REPOSITORY, startDemonstration } from "./devhost.mjs";
import { signIn, signOut } from "./session.mjs";
import { stepsOf } from "./steps.mjs";

const PASSWORD = "jiulonghu-2026";
/** Somebody of each kind of work; together they may open everything. */
const PEOPLE = ["wang", "li", "zhang", "zhao", "sun"];

/** A page of the demonstration is there and painted by then. */
const SETTLED_MS = 500;

describe("the policy of the window", { concurrency: 1 }, () => {
  let host;
  let browser;
  let page;
  let addresses;
  const opened = new Set();

  const step = stepsOf(() => browser.picture("failed-policy"));

  before(async () => {
    const folder = path.join(REPOSITORY, "ui/src/router");
    const files = (await readdir(folder)).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
    const texts = await Promise.all(files.map((name) => readFile(path.join(folder, name), "utf8")));
    addresses = texts.flatMap((text) => [...text.matchAll(/path: "(\/[^"]*)"/g)].map((found) => found[1]));
    assert.ok(addresses.length > 40, `only ${addresses.length} addresses`);
    host = await startDemonstration();
    browser = await openBrowser(host.entrance);
    page = browser.page;
  });
  after(async () => {
    await browser?.close();
    await host?.stop();
  });

  /** The first of each list, for pages about one thing. */
  async function examples() {
    const residents = await ask(page, "residents", { offset: 0, limit: 1 });
    const brands = await ask(page, "brands", {});
    return { resident: residents.rows?.[0]?.id, brand: brands.brands?.[0]?.brand ?? brands.rows?.[0]?.brand };
  }

  /** Opens an address and stays until the page has what it asked for; who may not is led elsewhere. */
  async function open(address) {
    await page.evaluate((hash) => {
      window.location.hash = hash;
    }, `#${address}`);
    await page.waitForTimeout(SETTLED_MS);
    const arrived = await page.evaluate(() => window.location.hash.slice(1));
    if (arrived === address) opened.add(address);
  }

  for (const signInName of PEOPLE) {
    step(`${signInName} opens every page that is theirs`, async () => {
      await signIn(page, { signInName, password: PASSWORD });
      const { resident, brand } = await examples();
      const things = [resident && `/residents/${resident}`, brand && `/brands/${brand}`].filter(Boolean);
      const wanted = [...addresses.filter((each) => !each.includes(":")), ...things];
      for (const address of wanted.filter((each) => !opened.has(each))) await open(address);
      await open("/");
      await signOut(page);
    });
  }

  step("nothing had to be stopped, and nearly everything was seen", async () => {
    assert.deepEqual(browser.mishaps, []);
    assert.ok(opened.size > 30, `only ${opened.size} pages were opened: ${[...opened].join(" ")}`);
  });

  step("what is inline is stopped, and that is noticed here", async () => {
    await page.evaluate(() => {
      const text = document.createElement("p");
      text.innerHTML = '<span style="color: red">x</span>';
      document.body.append(text);
      const sheet = document.createElement("style");
      sheet.textContent = "body { color: red }";
      document.head.append(sheet);
    });
    await page.waitForTimeout(200);
    const stopped = browser.mishaps.filter((each) => each.startsWith("policy: style-src"));
    assert.ok(stopped.length >= 2, browser.mishaps.join("\n"));
  });
});
