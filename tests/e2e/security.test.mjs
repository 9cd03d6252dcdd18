// The security overview: opened and walked by keyboard, each finding leads to the page that mends it, and is gone then.

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { ask, goTo, openBrowser, sidewaysScroll, tryAddress } from "./browser.mjs";
import { startDemonstration } from "./devhost.mjs";
import { signIn, signOut } from "./session.mjs";
import { stepsOf } from "./steps.mjs";

const PASSWORD = "jiulonghu-2026";
const ADMINISTRATOR = { signInName: "wang", password: PASSWORD };
const AUDITOR = { signInName: "sun", password: PASSWORD };
const REVIEWER = { signInName: "li", password: PASSWORD };

describe("the security overview", { concurrency: 1 }, () => {
  let host;
  let browser;
  let page;

  const step = stepsOf(() => browser.picture("security-failed"));

  before(async () => {
    host = await startDemonstration();
    browser = await openBrowser(host.entrance);
    page = browser.page;
  });
  after(async () => {
    await browser?.close();
    await host?.stop();
  });

  const heading = (name) => page.getByRole("heading", { name, level: 1 });
  const part = (name) => page.getByRole("region", { name });
  const focused = () => page.evaluate(() => document.activeElement?.innerText);

  step("it opens by keyboard and says what has to be done, the most urgent first", async () => {
    await signIn(page, ADMINISTRATOR);
    await page.keyboard.press("Control+K");
    await page.keyboard.type("安全总览");
    await page
      .getByRole("option", { name: /安全总览/ })
      .first()
      .waitFor();
    await page.keyboard.press("Enter");
    await heading("安全总览").waitFor();
    await part(/马上处理/)
      .getByText("还没有备份")
      .waitFor();
    await part(/近期处理/)
      .getByText("数据还没有自检过")
      .waitFor();
    await part(/已经做到/)
      .getByText(/审计 \d+ 条，刚才逐条核对无误/)
      .waitFor();
    await browser.picture("security-01-overview");
    assert.deepEqual(await sidewaysScroll(page), []);
  });

  step("the arrows walk from one way to the next, and Enter goes to the page that mends it", async () => {
    await page.keyboard.press("ArrowDown");
    assert.equal(await focused(), "去备份");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    assert.equal(await focused(), "去备份");
    await page.keyboard.press("Enter");
    await heading("备份").waitFor();
  });

  step("what was mended is gone", async () => {
    await page.getByRole("button", { name: "现在备份" }).click();
    await page.getByText("上次备份是今天").waitFor();
    await goTo(page, "/system/security");
    await part(/已经做到/)
      .getByText("上次备份是今天")
      .waitFor();
    assert.equal(await page.getByText("还没有备份").count(), 0);
    await page
      .getByRole("listitem")
      .filter({ hasText: "数据还没有自检过" })
      .getByRole("link", { name: "去校验" })
      .click();
    await heading("校验").waitFor();
    await page.keyboard.press("Control+Enter");
    await page.getByText(/数据完好/).waitFor();
    await goTo(page, "/system/security");
    await part(/已经做到/)
      .getByText(/上次数据自检是今天，\d+ 条操作记录完好/)
      .waitFor();
    await browser.picture("security-02-mended");
  });

  step("who may not go to a page is told whose duty it is", async () => {
    await signOut(page);
    await signIn(page, AUDITOR);
    await goTo(page, "/system/security");
    const rehearsal = page.getByRole("listitem").filter({ hasText: "备份还没有演练过" });
    await rehearsal.getByText("请系统管理员办理").waitFor();
    assert.equal(await rehearsal.getByRole("link").count(), 0);
    const { rows } = await ask(page, "audit_page", { action: "verify", offset: 0, limit: 10 });
    assert.ok(
      rows.some((row) => row.action_label.includes("校验") && /没有不符/.test(row.detail)),
      "the check is in the audit",
    );
  });

  step("at 150 % nothing is cut or scrolls sideways", async () => {
    await page.getByRole("button", { name: /用户菜单/ }).click();
    await page.getByRole("radio", { name: /150/ }).check({ force: true });
    await page.keyboard.press("Escape");
    await goTo(page, "/");
    await goTo(page, "/system/security");
    await part(/近期处理/).waitFor();
    await browser.picture("security-03-150");
    assert.deepEqual(await sidewaysScroll(page), []);
  });

  step("a reviewer is led to the workbench instead", async () => {
    await signOut(page);
    await signIn(page, REVIEWER);
    await goTo(page, "/residents");
    await tryAddress(page, "/system/security");
    await heading("工作台").waitFor();
    assert.deepEqual(browser.mishaps, []);
  });
});
