// A browser on an office screen, which keeps a record of everything that must never happen.

import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { REPOSITORY } from "./devhost.mjs";

const require = createRequire(path.join(REPOSITORY, "ui", "package.json"));
const { chromium } = require("playwright-core");

const PICTURES = path.join(REPOSITORY, "tests", "e2e", "out");
export const SCREEN = { width: 1366, height: 768 };
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Opens the program; `mishaps` collects console errors, broken policies and uncaught errors. `more` goes to the context. */
export async function openBrowser(entrance, more = {}) {
  mkdirSync(PICTURES, { recursive: true });
  const browser = await chromium.launch({
    executablePath: process.env.ZHENXIN_CHROMIUM ?? "/usr/bin/chromium",
    args: FLAGS,
  });
  const context = await browser.newContext({ viewport: SCREEN, locale: "zh-CN", reducedMotion: "reduce", ...more });
  const mishaps = [];
  await context.exposeFunction("brokenPolicy", (what) => mishaps.push(`policy: ${what}`));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      window.brokenPolicy(`${event.effectiveDirective} ${event.blockedURI}`);
    });
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("console", (message) => {
    // a refused command answers 4xx, and the browser itself writes that down: the screen says it in words
    if (["error", "warning"].includes(message.type()) && !/Failed to load resource/.test(message.text())) {
      mishaps.push(`console: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => mishaps.push(`error: ${error.message}`));
  await page.goto(entrance);
  return {
    page,
    mishaps,
    picture: (name) => page.screenshot({ path: path.join(PICTURES, `${name}.png`) }),
    close: () => browser.close(),
  };
}

/** Asks the program as the page itself does. */
export function ask(page, name, request = {}) {
  return post(page, `/api/ask/${name}`, request);
}

/** Makes the program do something as the page itself does, past what the screen offers. Gives the reply or refusal. */
export function act(page, name, request) {
  return post(page, `/api/act/${name}`, request);
}

function post(page, address, request) {
  return page.evaluate(
    async ([to, body]) => {
      const response = await fetch(to, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return response.json();
    },
    [address, request],
  );
}

/** Goes to a page of the program by its address. */
export async function goTo(page, address) {
  await tryAddress(page, address);
  await page.waitForFunction((hash) => window.location.hash === hash, `#${address}`);
}

/** Asks for a page by its address that the program leads elsewhere: nothing is waited for. */
export function tryAddress(page, address) {
  return page.evaluate((hash) => {
    window.location.hash = hash;
  }, `#${address}`);
}

/** Opens a choice by keyboard and takes one. */
export async function choose(page, box, option) {
  await box.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("option", { name: option }).click();
}

/** Pastes text into the field that has the keys, as Excel puts it on the clipboard. */
export function pasteText(page, text) {
  return page.evaluate((clipboard) => {
    const data = new DataTransfer();
    data.setData("text/plain", clipboard);
    document.activeElement.dispatchEvent(
      new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }),
    );
  }, text);
}

/** What has the focus, and whether it looks otherwise than without. */
export function focusMark(page) {
  return page.evaluate(async () => {
    const element = document.activeElement;
    const chain = [element];
    // the library marks a frame round the field, up to four levels above it
    while (chain.length < 5 && chain.at(-1).parentElement) chain.push(chain.at(-1).parentElement);
    const look = () =>
      chain.map((each) => {
        const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor } = getComputedStyle(each);
        return [outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor].join();
      });
    // even with reduced motion a colour takes some frames to change
    const painted = () => new Promise((done) => setTimeout(done, 100));
    await painted();
    const focused = look().join();
    element.blur();
    await painted();
    const plain = look().join();
    element.focus({ focusVisible: true });
    const label = element.labels?.[0]?.innerText;
    return { name: element.getAttribute("aria-label") ?? label ?? element.innerText, seen: focused !== plain };
  });
}

/** Everything that reaches past the right edge or scrolls sideways, named by its place in the page. */
export function sidewaysScroll(page) {
  return page.evaluate(() => {
    const found = [];
    const name = (element) => `${element.tagName.toLowerCase()}.${[...element.classList].join(".")}`;
    if (document.documentElement.scrollWidth > window.innerWidth) found.push("document");
    for (const element of document.body.querySelectorAll("*")) {
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      if (box.width === 0 || style.visibility === "hidden" || element.closest(".visually-hidden")) continue;
      const scrolls = ["auto", "scroll"].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1;
      if (scrolls) found.push(`${name(element)} scrolls ${element.scrollWidth - element.clientWidth} px`);
      if (box.left < window.innerWidth && box.right > window.innerWidth + 1) found.push(`${name(element)} is cut`);
    }
    return found;
  });
}

/** What has the keys once the page has settled: its name, or "nowhere". */
export function keysAt(page) {
  return page.evaluate(async () => {
    // two frames: what was switched off is put out of focus by the browser in the next one
    for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
    await new Promise((done) => setTimeout(done, 0));
    const at = document.activeElement;
    if (at === null || at === document.body || at.matches(":disabled")) return "nowhere";
    return (at.getAttribute("aria-label") ?? at.labels?.[0]?.innerText ?? at.innerText).trim();
  });
}
