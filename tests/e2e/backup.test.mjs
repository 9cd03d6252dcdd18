// Backups as an office has them: made, copied to a stick, rehearsed, restored; a damaged file; a new PC.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, open, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe } from "node:test";
import { ask, goTo, keysAt, openBrowser, sidewaysScroll } from "./browser.mjs";
import { serve } from "./devhost.mjs";
import { ADMINISTRATOR, firstRun, signIn } from "./session.mjs";
import { stepsOf } from "./steps.mjs";

/** Somewhere in the first page of the file. */
const DAMAGED_AT = 40;

describe("backups", { concurrency: 1 }, () => {
  let folder;
  let host;
  let screen;
  let recoveryKey;

  const step = stepsOf(() => screen.picture("failed-backup"));
  const data = () => path.join(folder, "data");
  const stick = () => path.join(folder, "stick");

  async function start(at) {
    host = await serve(at);
    screen = await openBrowser(host.entrance);
    return screen.page;
  }

  async function stop() {
    await screen?.close();
    await host?.stop();
    screen = host = undefined;
  }

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "zhenxin-e2e-backup-"));
    const page = await start(data());
    recoveryKey = (await firstRun(page)).join("-");
    await page
      .getByRole("button", { name: /工作台|开始/ })
      .first()
      .click();
  });
  after(async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  });

  step("the first page says that there is no backup yet, and one key press makes one", async () => {
    const { page } = screen;
    await goTo(page, "/system/backups");
    await page.getByText("还没有备份。", { exact: true }).first().waitFor();
    await page.getByText("备份只在这台电脑里", { exact: false }).first().waitFor();
    await screen.picture("backup-none");
    await page.keyboard.press("Control+Enter");
    await page.getByText("上次备份是今天。").waitFor();
    assert.equal(await page.getByRole("table", { name: "本机的备份" }).getByRole("row").count(), 2);
  });

  step("a second place gets a copy at once; the data folder is refused", async () => {
    const { page } = screen;
    await page.getByRole("button", { name: "第二位置……" }).click();
    const box = page.getByRole("dialog", { name: "第二位置" });
    await box.getByLabel("文件夹").fill(data());
    await page.keyboard.press("Control+Enter");
    await box.getByText("第二位置不能放在数据文件夹里面", { exact: false }).waitFor();
    await mkdir(stick());
    await box.getByLabel("文件夹").fill(stick());
    await page.keyboard.press("Control+Enter");
    await page.getByRole("table", { name: "第二位置的备份" }).waitFor();
    const [town] = await readdir(stick());
    assert.match(town, /^zhenxin-backup-330211101$/);
    assert.ok((await readdir(path.join(stick(), town))).includes("vault.zxv"));
  });

  step("a rehearsal says in words that the backup is good", async () => {
    const { page } = screen;
    const table = page.getByRole("table", { name: "本机的备份" });
    assert.equal(await table.getByRole("row").count(), 3, "the second backup of a day leaves the first one");
    await table.getByText("当天较早的一份，下一天有了备份就清理").waitFor();
    await page.getByRole("button", { name: "演练" }).first().press("Enter");
    await page.getByText(/^演练通过：/).waitFor();
    assert.equal(await keysAt(page), "演练", "the keys are where they were");
    await page.getByText(/账目总和 0（应为 0）/).waitFor();
    await screen.picture("backup-page");
    assert.deepEqual(await sidewaysScroll(page), []);
  });

  step("a restore tells first what it would do, and asks everybody to sign in again", async () => {
    const { page } = screen;
    const before = (await ask(page, "verify")).digest;
    await page.getByRole("button", { name: "恢复……" }).first().click();
    const box = page.getByRole("dialog", { name: /^恢复 .* 的备份$/ });
    await box.getByText("现在的数据文件不会删除", { exact: false }).waitFor();
    await screen.picture("backup-restore");
    assert.ok(await box.getByRole("button", { name: /恢复这份备份/ }).isDisabled());
    await box.getByText("看清楚了", { exact: false }).click();
    await page.keyboard.press("Control+Enter");
    await signIn(page, ADMINISTRATOR);
    assert.equal((await ask(page, "verify")).digest, before);
    assert.equal((await readdir(path.join(data(), "replaced"))).filter((name) => name.endsWith(".db")).length, 1);
  });

  step("a new recovery key is shown once and must be copied down", async () => {
    const { page } = screen;
    await goTo(page, "/system/recovery-key");
    await page.getByRole("button", { name: "换一把恢复密钥" }).click();
    await page.getByRole("button", { name: "换一把", exact: true }).click();
    await page.getByRole("heading", { name: "把恢复密钥留在纸上" }).waitFor();
    const groups = await page.getByLabel("恢复密钥", { exact: true }).locator("span").allInnerTexts();
    assert.equal(groups.length, 8);
    assert.notEqual(groups.join("-"), recoveryKey);
    recoveryKey = groups.join("-");
    await screen.picture("recovery-key");
    await page.getByLabel("照着纸上，输入最后一组").fill(groups.at(-1));
    await page.keyboard.press("Enter");
    await page.getByText("新的恢复密钥已生效", { exact: false }).waitFor();
    // the stick gets the slot of the new one
    await goTo(page, "/system/backups");
    await page.keyboard.press("Control+Enter");
    await page.getByText("备份好了。").waitFor();
  });

  step("a damaged file is told at the sign-in, and the newest backup is offered", async () => {
    await stop();
    const file = await open(path.join(data(), "town.db"), "r+");
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, DAMAGED_AT);
    byte[0] ^= 1;
    await file.write(byte, 0, 1, DAMAGED_AT);
    await file.close();
    const page = await start(data());
    await page.getByRole("heading", { name: "登录" }).waitFor();
    await page.getByLabel("登录名").fill(ADMINISTRATOR.signInName);
    await page.getByLabel("密码").fill(ADMINISTRATOR.password);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "数据文件打不开了" }).waitFor();
    await screen.picture("damaged");
    await page.getByLabel("登录名").fill(ADMINISTRATOR.signInName);
    await page.getByLabel("密码").fill(ADMINISTRATOR.password);
    await page.getByRole("button", { name: "恢复", exact: true }).click();
    await page.getByRole("heading", { name: "恢复好了" }).waitFor();
    await screen.picture("damaged-restored");
    await page.getByRole("button", { name: "去登录" }).click();
    await signIn(page, ADMINISTRATOR);
    assert.ok((await ask(page, "verify")).ok);
  });

  step("a new PC takes the stick and the paper", async () => {
    await stop();
    const page = await start(path.join(folder, "new"));
    await page.getByRole("button", { name: "换电脑：从备份恢复" }).click();
    await page.getByLabel("备份所在的文件夹").fill(stick());
    await page.getByRole("button", { name: "找备份" }).click();
    await page.getByLabel("恢复密钥").fill(recoveryKey);
    await screen.picture("new-pc");
    await page.getByRole("button", { name: "恢复", exact: true }).click();
    await page.getByRole("heading", { name: "恢复好了" }).waitFor();
    await page.getByRole("button", { name: "去登录" }).click();
    await signIn(page, ADMINISTRATOR);
    assert.ok((await ask(page, "verify")).ok);
    assert.deepEqual(screen.mishaps, []);
  });
});
