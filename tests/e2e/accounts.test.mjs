// Accounts as people meet them: an administrator adds, a security administrator gives duties and villages, the newcomer
// changes the first password; the curtain keeps a form; a dangerous act asks for the password once more.

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { act, ask, goTo, openBrowser, sidewaysScroll } from "./browser.mjs";
import { startDemonstration } from "./devhost.mjs";
import { firstSignIn, signIn, signOut } from "./session.mjs";
import { stepsOf } from "./steps.mjs";

const PASSWORD = "jiulonghu-2026";
const ADMINISTRATOR = { signInName: "wang", password: PASSWORD };
const SECURITY = { signInName: "zhao", password: PASSWORD };
const AUDITOR = { signInName: "sun", password: PASSWORD };
const NEWCOMER = { signInName: "gaoyuan", name: "高远", first: "first-day-2026", password: "qingshan-lushui-7" };
const VILLAGE = "思源社区";

describe("accounts", { concurrency: 1 }, () => {
  let host;
  let browser;
  let page;

  const step = stepsOf(() => browser.picture("accounts-failed"));

  before(async () => {
    host = await startDemonstration();
    browser = await openBrowser(host.entrance);
    page = browser.page;
  });
  after(async () => {
    await browser?.close();
    await host?.stop();
  });

  step("the system administrator makes an account without duties", async () => {
    await signIn(page, ADMINISTRATOR);
    await goTo(page, "/system/users");
    await page.getByRole("heading", { name: "用户与职责", level: 1 }).waitFor();
    await page.getByRole("button", { name: "添加用户" }).click();
    const panel = page.getByRole("complementary", { name: "添加用户" });
    await panel.getByText("职责由安全管理员授予").waitFor();
    await panel.getByLabel("登录名").fill(NEWCOMER.signInName);
    await panel.getByLabel("姓名").fill(NEWCOMER.name);
    await panel.getByLabel("初始密码").fill("Password2026");
    await panel.getByLabel("再输一遍").fill("Password2026");
    await panel.getByRole("button", { name: /添加这个用户/ }).click();
    await panel.getByText("容易被猜中").first().waitFor();
    await panel.getByLabel("初始密码").fill(NEWCOMER.first);
    await panel.getByLabel("再输一遍").fill(NEWCOMER.first);
    await panel.getByRole("button", { name: /添加这个用户/ }).click();
    await page.getByRole("row", { name: new RegExp(`${NEWCOMER.name}.*待授权`) }).waitFor();
    await browser.picture("accounts-01-users");
    await signOut(page);
  });

  step("the security administrator gives a duty and a village", async () => {
    await signIn(page, SECURITY);
    await goTo(page, "/system/users");
    assert.equal(await page.getByRole("button", { name: "添加用户" }).count(), 0);
    await page.getByRole("row", { name: new RegExp(NEWCOMER.name) }).click();
    const panel = page.getByRole("complementary", { name: NEWCOMER.name });
    await panel.getByRole("checkbox", { name: /^录入/ }).check();
    assert.ok(await panel.getByRole("checkbox", { name: /^审计/ }).isDisabled());
    await panel.getByLabel("负责的村社").click();
    await page.getByRole("option", { name: VILLAGE }).click();
    await page.keyboard.press("Escape");
    await browser.picture("accounts-02-duties");
    await panel.getByRole("button", { name: /保存职责和村社/ }).click();
    await page.getByRole("row", { name: new RegExp(`${NEWCOMER.name}.*录入.*${VILLAGE}`) }).waitFor();
    await signOut(page);
  });

  step("the newcomer changes the first password and sees one village", async () => {
    await firstSignIn(page, NEWCOMER);
    const all = (await ask(page, "residents", { offset: 0, limit: 500 })).rows;
    assert.ok(all.length > 0 && all.every((row) => row.village_name === VILLAGE));
    await goTo(page, "/residents");
    await page.getByRole("heading", { name: "居民", level: 1 }).waitFor();
    await browser.picture("accounts-03-one-village");
  });

  step("the curtain keeps what was typed, and only its owner lifts it", async () => {
    await goTo(page, "/points/record");
    const activity = page.getByLabel(/活动/).first();
    await activity.fill("没有写完的活动");
    await page.keyboard.press("Control+Shift+L");
    const curtain = page.getByRole("dialog", { name: "屏幕已锁定" });
    await curtain.waitFor();
    await browser.picture("accounts-04-curtain");
    const refused = await ask(page, "residents", { offset: 0, limit: 1 });
    assert.equal(refused.code, "locked");
    await curtain.getByLabel("密码").fill("not-the-password");
    await page.keyboard.press("Enter");
    await curtain.getByRole("alert").waitFor();
    await curtain.getByLabel("密码").fill(NEWCOMER.password);
    await page.keyboard.press("Enter");
    await curtain.waitFor({ state: "detached" });
    assert.equal(await activity.inputValue(), "没有写完的活动");
    await activity.fill("");
    await signOut(page);
  });

  step("policy, matrix and one's own sign-in fit the office's screen at 150 %", async () => {
    await signIn(page, SECURITY);
    for (const address of ["/system/users", "/system/security-policy", "/system/permissions", "/system/my-sign-in"]) {
      await goTo(page, address);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await browser.picture(`accounts-05-${address.split("/").at(-1)}`);
    }
    await page.getByRole("button", { name: /用户菜单/ }).click();
    await page.getByText("150%", { exact: true }).click();
    await page.keyboard.press("Escape");
    for (const address of ["/system/users", "/system/security-policy", "/system/my-sign-in"]) {
      await goTo(page, address);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await browser.picture(`accounts-06-150-${address.split("/").at(-1)}`);
      assert.deepEqual(await sidewaysScroll(page), []);
    }
    await signOut(page);
  });

  step("the auditor holds nothing else", async () => {
    await signIn(page, AUDITOR);
    assert.equal((await ask(page, "residents", { offset: 0, limit: 1 })).code, "forbidden");
    assert.equal((await act(page, "set_duties", { user: "x", duties: [], villages: [] })).code, "forbidden");
    await signOut(page);
    assert.deepEqual(browser.mishaps, []);
  });
});
