// Accounts as people meet them: an administrator adds, a security administrator gives duties and villages, the newcomer
// changes the first password; the curtain keeps a form, also when it comes down by itself; a forgotten password, the
// password once more before a dangerous act, a telephone as second factor, the matrix as a workbook.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, describe } from "node:test";
import { act, ask, choose, goTo, keysAt, openBrowser, sidewaysScroll, tryAddress } from "./browser.mjs";
import { startDemonstration } from "./devhost.mjs";
import { unzipped } from "./papers.mjs";
import { firstSignIn, signIn, signOut } from "./session.mjs";
import { stepsOf } from "./steps.mjs";

const PASSWORD = "jiulonghu-2026";
const ADMINISTRATOR = { signInName: "wang", password: PASSWORD };
const SECURITY = { signInName: "zhao", password: PASSWORD };
const AUDITOR = { signInName: "sun", password: PASSWORD };
const NEWCOMER = { signInName: "gaoyuan", name: "高远", first: "first-day-2026", password: "qingshan-lushui-7" };
const VILLAGE = "思源社区";
/** What the administrator tells somebody who forgot theirs, and what that person makes of it. */
const RESET = { first: "wang-ji-le-2026", password: "qingshan-lushui-8" };
const ACTIVITY = "没有写完的活动";
/** Seconds of one code of an authenticator (RFC 6238). */
const STEP_S = 30;

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
    await panel.getByText("职责和负责的村社由安全管理员定").waitFor();
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
    for (const duty of [/^录入/, /^经办/]) await panel.getByRole("checkbox", { name: duty }).check();
    assert.ok(await panel.getByRole("checkbox", { name: /^审计/ }).isDisabled());
    await choose(page, panel.getByLabel("负责的村社"), VILLAGE);
    await page.keyboard.press("Escape");
    await browser.picture("accounts-02-duties");
    await panel.getByRole("button", { name: /保存职责和村社/ }).click();
    const row = page.getByRole("row", { name: new RegExp(`${NEWCOMER.name}.*录入.*${VILLAGE}`) });
    await row.waitFor();
    assert.match(await keysAt(page), new RegExp(NEWCOMER.name), "the row has the keys again");
    await row.press("Enter");
    await panel.waitFor();
    await page.keyboard.press("Space");
    assert.equal(await keysAt(page), NEWCOMER.name, "a stray Space ticks nothing");
    await panel.getByRole("checkbox", { name: /^查看/ }).check();
    await page.keyboard.press("Escape");
    const question = page.getByRole("dialog", { name: "填的内容还没有保存" });
    await question.getByRole("button", { name: "取消" }).click();
    assert.ok(await panel.getByRole("checkbox", { name: /^查看/ }).isChecked());
    await page.getByRole("button", { name: /用户菜单/ }).click();
    await page.getByRole("button", { name: "退出登录" }).click();
    await page.getByText("“用户与职责”填了一半").waitFor();
    await page.keyboard.press("Escape");
    await panel.getByRole("button", { name: /关闭详情/ }).click();
    await question.getByRole("button", { name: /丢掉并关闭/ }).click();
    await panel.waitFor({ state: "detached" });
    assert.match(await keysAt(page), new RegExp(NEWCOMER.name));
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

  step("an import concerns the whole town: whoever has a village finds no way in, and is told why", async () => {
    assert.equal(await page.getByRole("button", { name: "导入名册" }).count(), 0);
    await goTo(page, "/system/imports");
    await page.getByText("导入和撤销涉及全镇").waitFor();
    assert.equal(await page.getByRole("button", { name: /^导入/ }).count(), 0);
    await tryAddress(page, "/import/residents");
    await page.getByText("您只负责部分村社。请由负责全镇的同事办理。").waitFor();
    await page.getByRole("heading", { name: "工作台", level: 1 }).waitFor();
  });

  step("the curtain keeps what was typed, and only its owner lifts it", async () => {
    await goTo(page, "/points/record");
    const activity = page.getByLabel("活动名称");
    await activity.fill(ACTIVITY);
    await page.keyboard.press("Control+Shift+L");
    const curtain = page.getByRole("dialog", { name: "屏幕已锁定" });
    await curtain.getByText("填到一半的内容都还在").waitFor();
    await browser.picture("accounts-04-curtain");
    const refused = await ask(page, "residents", { offset: 0, limit: 1 });
    assert.equal(refused.code, "locked");
    await curtain.getByLabel("密码").fill("not-the-password");
    await page.keyboard.press("Enter");
    await curtain.getByRole("alert").getByText("密码不对，还可再试 4 次。").waitFor();
    await curtain.getByLabel("密码").fill(NEWCOMER.password);
    await page.keyboard.press("Enter");
    await curtain.waitFor({ state: "detached" });
    assert.equal(await activity.inputValue(), ACTIVITY);
    assert.ok(await activity.evaluate((field) => field === document.activeElement), "the keyboard is where it was");
    await page.getByRole("button", { name: "清空重记" }).click();
    await signOut(page);
  });

  step("nobody there for a while: the curtain comes down by itself, and the form is kept", async () => {
    await signIn(page, SECURITY);
    await goTo(page, "/system/security-policy");
    await page.getByLabel("没人操作几分钟后锁屏").fill("1");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Control+Enter");
    await page.getByText("规定已保存").waitFor();
    await signOut(page);
    await signIn(page, { signInName: NEWCOMER.signInName, password: NEWCOMER.password });
    // the window's own clock is wound on: nobody waits for a minute
    await page.clock.install();
    await page.reload();
    await page.getByRole("heading", { name: "工作台", level: 1 }).waitFor();
    await goTo(page, "/points/record");
    const activity = page.getByLabel("活动名称");
    await activity.fill(ACTIVITY);
    await page.clock.fastForward(45_000);
    const curtain = page.getByRole("dialog", { name: "屏幕已锁定" });
    assert.equal(await curtain.count(), 0, "not before its time");
    await page.clock.fastForward(20_000);
    await curtain.getByText("填到一半的内容都还在").waitFor();
    await browser.picture("accounts-04-idle");
    await curtain.getByLabel("密码").fill(NEWCOMER.password);
    await page.keyboard.press("Enter");
    await curtain.waitFor({ state: "detached" });
    assert.equal(await activity.inputValue(), ACTIVITY);
    await page.getByRole("button", { name: "清空重记" }).click();
    await page.clock.resume();
    await signOut(page);
  });

  step("a forgotten password: the administrator sets one, and it serves for the first sign-in only", async () => {
    await signIn(page, ADMINISTRATOR);
    await goTo(page, "/system/users");
    await page.getByRole("row", { name: new RegExp(NEWCOMER.name) }).click();
    await page.getByRole("button", { name: "重设密码" }).click();
    const box = page.getByRole("dialog", { name: `重设${NEWCOMER.name}的密码` });
    await box.getByLabel("初始密码").fill(RESET.first);
    await box.getByLabel("再输一遍").fill(RESET.first);
    // as after five minutes at the keyboard: the first answer is that the password is wanted once more
    let asked = false;
    await page.route("**/api/act/reset_password", async (route) => {
      if (asked) return route.continue();
      asked = true;
      return route.fulfill({ status: 403, json: { code: "reauthenticate", message: "请再输入一次密码。", rows: [] } });
    });
    await page.keyboard.press("Control+Enter");
    const proof = page.getByRole("dialog", { name: "请再输入一次密码" });
    await proof.getByLabel("您的密码").fill("not-the-password");
    await page.keyboard.press("Control+Enter");
    await proof.getByRole("alert").waitFor();
    await proof.getByLabel("您的密码").fill(ADMINISTRATOR.password);
    await page.keyboard.press("Control+Enter");
    // the act goes on by itself
    await page.getByText("初始密码已设好").waitFor();
    await page.unroute("**/api/act/reset_password");
    await page.getByRole("row", { name: new RegExp(`${NEWCOMER.name}.*初始密码`) }).waitFor();
    await signOut(page);
    await firstSignIn(page, { signInName: NEWCOMER.signInName, ...RESET });
    await signOut(page);
    await page.getByLabel("登录名").fill(NEWCOMER.signInName);
    await page.getByLabel("密码", { exact: true }).fill(NEWCOMER.password);
    await page.keyboard.press("Enter");
    await page
      .getByRole("alert")
      .getByText(/密码不对/)
      .waitFor();
  });

  step("a telephone as second factor: its code is asked for at the next sign-in", async () => {
    await signIn(page, { signInName: NEWCOMER.signInName, password: RESET.password });
    await goTo(page, "/system/my-sign-in");
    await page.getByRole("button", { name: "启用动态验证码" }).click();
    await page.getByRole("img", { name: /二维码/ }).waitFor();
    const secret = (await page.locator(".secret").innerText()).replace(/\s/g, "");
    await browser.picture("accounts-04-second-factor");
    const now = Math.floor(Date.now() / 1000 / STEP_S);
    await page.getByLabel("验证器上的 6 位数字").fill(totp(secret, now));
    await page.keyboard.press("Enter");
    await page.getByText("动态验证码已启用").first().waitFor();
    await signOut(page);
    await page.getByLabel("登录名").fill(NEWCOMER.signInName);
    await page.getByLabel("密码", { exact: true }).fill(RESET.password);
    await page.keyboard.press("Enter");
    const code = page.getByLabel("动态验证码");
    // a code that was seen once serves nobody else
    await code.fill(totp(secret, now));
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    await page.getByLabel("密码", { exact: true }).fill(RESET.password);
    await code.fill(totp(secret, now + 1));
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: /用户菜单/ }).waitFor();
    await signOut(page);
  });

  step("policy, matrix and one's own sign-in fit the office's screen at 150 %", async () => {
    await signIn(page, SECURITY);
    for (const address of ["/system/users", "/system/security-policy", "/system/permissions", "/system/my-sign-in"]) {
      await goTo(page, address);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await browser.picture(`accounts-05-${address.split("/").at(-1)}`);
    }
    await goTo(page, "/system/permissions");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "导出表格" }).click(),
    ]);
    const book = unzipped(await readFile(await download.path()));
    assert.ok(book.get("xl/sharedStrings.xml").includes("调整职责和村社"), "the workbook has the acts in words");
    await page.getByRole("button", { name: /用户菜单/ }).click();
    await page.getByText("150%", { exact: true }).click();
    await page.keyboard.press("Escape");
    for (const address of ["/system/users", "/system/security-policy", "/system/permissions", "/system/my-sign-in"]) {
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
    const duties = { user: "x", duties: [], villages: [], former_duties: [], former_villages: [] };
    assert.equal((await act(page, "set_duties", duties)).code, "forbidden");
    await signOut(page);
    assert.deepEqual(browser.mishaps, []);
  });
});

/** The code of one step (RFC 6238: HMAC-SHA-1, six digits) for a secret in base 32. */
function totp(secret, step) {
  const bits = [...secret].map((letter) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
  );
  const bytes = bits
    .join("")
    .match(/.{8}/g)
    .map((byte) => Number.parseInt(byte, 2));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const hash = createHmac("sha1", Buffer.from(bytes)).update(counter).digest();
  const at = hash.at(-1) & 0x0f;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
