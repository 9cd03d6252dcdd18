// Two PCs of the demonstration town and their district: offline, apart, by USB stick, and equal again.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { act, ask, goTo, openBrowser, sidewaysScroll } from "./browser.mjs";
import { startTwoPcs } from "./devhost.mjs";
import { signIn } from "./session.mjs";
import { stepsOf } from "./steps.mjs";

const PASSWORD = "jiulonghu-2026";
const CLERK = { signInName: "wang", password: PASSWORD };
const VILLAGE_CLERK = { signInName: "chen", password: PASSWORD };
const VILLAGE_PC = "河头村电脑";
/** Whose telephone both change. The number's check digit is right; the person is nobody. */
const PERSON = { name: "骆驼祥", id: withCheckDigit("33021119900101123"), phone: "13800000001" };
const OFFICE_PHONE = "13900000002";
const VILLAGE_PHONE = "13700000003";
const CARRIED = { name: "骆驼行", id: withCheckDigit("33021119910202456"), phone: "13600000004" };
const REVOKED = { name: "骆驼远", id: withCheckDigit("33021119920303789"), phone: "13500000005" };

describe("two PCs and their district", { concurrency: 1 }, () => {
  let town;
  let office;
  let village;
  let villageCode;
  let issuesBefore;

  const step = stepsOf(async () => {
    await office.browser.picture("failed-sync-office");
    await village.browser.picture("failed-sync-village");
  });

  before(async () => {
    town = await startTwoPcs();
    office = await openPc(town.office.entrance);
    village = await openPc(town.village.entrance);
  });
  after(async () => {
    await office?.browser.close();
    await village?.browser.close();
    await town?.stop();
  });

  async function openPc(entrance) {
    const browser = await openBrowser(entrance);
    // the browser hands file dialogs over from the start: asked for only with the key press it may come too late
    browser.page.on("filechooser", () => {});
    return { browser, page: browser.page };
  }

  /** A round by hand, by keyboard. */
  async function synchronise({ page }) {
    await goTo(page, "/sync");
    await page.getByRole("heading", { name: "和区平台一致吗？" }).waitFor();
    await page.keyboard.press("Control+Enter");
    await page
      .getByText(/^同步完成：/)
      .first()
      .waitFor();
    await page.getByRole("button", { name: "收起这条提示" }).first().click();
  }

  /** Writes a resident down, or changes one, as an import of one row does. */
  async function writeDown({ page }, { name, id, phone }) {
    const sheet = `姓名,公民身份号码,户号,与户主关系,联系电话\n${name},${id},90900001,户主,${phone}\n`;
    let job = await act(page, "start_import", {
      kind: "residents",
      file_name: "名册.csv",
      content: Buffer.from(sheet).toString("base64"),
      village: villageCode,
      dry_run: false,
      accept_partial: false,
    });
    while (!["done", "refused", "cancelled"].includes(job.phase)) {
      await sleep(50);
      job = await ask(page, "import_job", { job: job.job });
    }
    assert.equal(job.phase, "done", JSON.stringify(job));
  }

  async function found({ page }, name) {
    const { hits } = await ask(page, "search", { text: name });
    return hits.find((hit) => hit.name === name);
  }

  async function openIssues({ page }, kind) {
    const { rows } = await ask(page, "issues", { kind, settled: false, offset: 0, limit: 50 });
    return rows;
  }

  /** Exports by keyboard; gives where the file was saved. */
  async function exported(pc, as) {
    await goTo(pc.page, "/sync/usb");
    await pc.page.getByRole("button", { name: /^导出到U盘/ }).waitFor();
    const [download] = await Promise.all([pc.page.waitForEvent("download"), pc.page.keyboard.press("Control+Enter")]);
    assert.match(download.suggestedFilename(), /\.zxb$/);
    const file = path.join(town.folder, as);
    await download.saveAs(file);
    await pc.page
      .getByText(/^已导出 /)
      .first()
      .waitFor();
    return file;
  }

  /** Imports by keyboard; gives what the screen says of it. */
  async function imported(pc, file, { keep = false } = {}) {
    await goTo(pc.page, "/sync/usb");
    await pc.page.getByRole("button", { name: /^选择文件/ }).waitFor();
    const [chooser] = await Promise.all([pc.page.waitForEvent("filechooser"), pc.page.keyboard.press("Control+O")]);
    await chooser.setFiles(file);
    const outcome = pc.page.locator(".outcome", { hasText: "来自" });
    await outcome.waitFor();
    const words = await outcome.innerText();
    if (keep) return words;
    await outcome.getByRole("button", { name: "关闭这条消息" }).click();
    await outcome.waitFor({ state: "hidden" });
    return words;
  }

  step("both are equal with the district, and prove it", async () => {
    await signIn(office.page, CLERK);
    await signIn(village.page, VILLAGE_CLERK);
    [{ code: villageCode }] = (await ask(office.page, "app_state")).town.villages;
    await writeDown(office, PERSON);
    for (const pc of [office, village]) {
      await synchronise(pc);
      await pc.page.getByText(/^与区平台一致，\d\d:\d\d，共 [\d,]+ 条$/).waitFor();
    }
    assert.ok(await found(village, PERSON.name), "what the office wrote is in the village");
    await office.page.getByRole("button", { name: "逐个村社核对" }).click();
    const table = office.page.getByRole("table", { name: "逐个村社核对" });
    await table.getByText("一致", { exact: true }).first().waitFor();
    assert.equal(await table.getByText("还没有").count(), 0);
    await office.browser.picture("s01-equal");
    issuesBefore = (await openIssues(office, "field")).length;
  });

  step("offline is normal: both change one telephone", async () => {
    await town.district.stop();
    await writeDown(office, { ...PERSON, phone: OFFICE_PHONE });
    await writeDown(village, { ...PERSON, phone: VILLAGE_PHONE });
    for (const [name, pc] of Object.entries({ office, village })) {
      await goTo(pc.page, "/sync");
      await pc.page
        .getByText(/^\d+ 条待发送$/)
        .first()
        .waitFor();
      // said once, whoever asks
      await pc.page
        .getByText(/都保存在本机/)
        .first()
        .waitFor();
      assert.equal(await pc.page.getByText(/都保存在本机|都已存在本机/).count(), 1);
      assert.equal(await pc.page.getByText(/^与区平台一致/).count(), 0);
      await pc.browser.picture(`s02-offline-${name}`);
    }
  });

  step("after the exchange both values stand against each other", async () => {
    await town.district.start();
    for (const pc of [office, village, office]) await synchronise(pc);
    for (const pc of [office, village]) {
      await pc.page.getByText(/^与区平台一致/).waitFor();
      assert.equal((await openIssues(pc, "field")).length, issuesBefore + 1);
    }
    await goTo(office.page, "/");
    await office.page.getByText(/处要核对和裁定$/).waitFor();
    await office.browser.picture("s03-workbench");
  });

  step("it is settled by keyboard on one PC", async () => {
    const { page, browser } = office;
    await goTo(page, "/sync/issues?kind=field");
    const list = page.getByRole("grid", { name: "要核对的" });
    await list.getByRole("row").nth(1).waitFor();
    await browser.picture("s04-issues");
    await list.focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    const drawer = page.getByRole("complementary", { name: "同一项两处改动" });
    const sides = drawer.getByRole("table", { name: "两边各是什么" });
    // masked here as everywhere: whoever must see them looks for a purpose, on the resident's page
    for (const words of [maskOf(OFFICE_PHONE), maskOf(VILLAGE_PHONE), VILLAGE_PC])
      await sides.getByText(words).first().waitFor();
    await browser.picture("s05-issue");
    await page.keyboard.press("2");
    await drawer.getByRole("radio").nth(1).waitFor();
    assert.ok(await drawer.getByRole("radio").nth(1).isChecked());
    await browser.picture("s06-chosen");
    await page.keyboard.press("Control+Enter");
    await drawer.waitFor({ state: "hidden" });
    assert.equal((await openIssues(office, "field")).length, issuesBefore);
    await browser.picture("s07-settled");
  });

  step("the decision reaches the other PC, and it is gone there", async () => {
    await synchronise(office);
    await synchronise(village);
    assert.equal((await openIssues(village, "field")).length, issuesBefore);
    const [here, there] = [await found(office, PERSON.name), await found(village, PERSON.name)];
    assert.equal(here.phone_masked, there.phone_masked);
    assert.equal(here.phone_masked, maskOf(OFFICE_PHONE), "the value that was chosen");
    await goTo(village.page, "/sync/issues?kind=field");
    await village.page.getByText("这样筛选下没有").waitFor();
    await village.browser.picture("s08-settled-there");
    await village.page.getByRole("button", { name: "看全部" }).click();
  });

  step("without a network the village's records travel on a stick", async () => {
    await town.district.stop();
    await writeDown(village, CARRIED);
    await goTo(village.page, "/sync/usb");
    await village.page.getByText("等区平台收下").waitFor();
    const plan = await ask(village.page, "bundle_plan");
    assert.ok(plan.files > 0 && plan.files_bytes > 0, JSON.stringify(plan));
    await village.page.getByText(new RegExp(`^${plan.files} 个，共 `)).waitFor();
    await village.browser.picture("s09-usb-plan");
    const file = await exported(village, "village.zxb");
    await village.browser.picture("s10-exported");
    const bytes = await readFile(file);
    assert.ok(
      plan.estimate_bytes > bytes.length / 1.5 && plan.estimate_bytes < bytes.length * 1.5,
      `told ${plan.estimate_bytes}, made ${bytes.length}`,
    );
    assert.ok(!bytes.includes(Buffer.from(CARRIED.name)), "nothing of the person can be read on the stick");

    const cut = path.join(town.folder, "cut.zxb");
    await writeFile(cut, bytes.subarray(0, bytes.length - 40));
    assert.match(await imported(office, cut), /文件没有拷全/);
    const words = await imported(office, file);
    assert.doesNotMatch(words, /没有拷全/);
    assert.ok(await found(office, CARRIED.name), "what the village wrote is in the office");
    const nothingNew = await imported(office, file, { keep: true });
    assert.match(nothingNew, /^没有新的记录：[\d,]+ 条本机都已有。/);
    assert.doesNotMatch(nothingNew, /照片/, "what was here already is not counted as brought");
    const outcome = office.page.locator(".outcome", { hasText: "来自" });
    assert.ok(
      await outcome.evaluate((box) => box.contains(document.activeElement)),
      "the keys are with what the import did",
    );
    await office.browser.picture("s11-imported");
    await outcome.getByRole("button", { name: "关闭这条消息" }).click();
  });

  step("the office passes them on, and the receipt travels back on the stick", async () => {
    // the village has no network in this story: else it would fetch the receipt by itself while the district is up
    await act(village.page, "pause_sync", {});
    await town.district.start();
    await synchronise(office);
    await town.district.stop();
    const file = await exported(office, "office.zxb");
    assert.match(await imported(village, file), /得到确认/);
    const { pending } = await ask(village.page, "sync_status");
    assert.equal(pending, 0, "the village needs no network any more");
    await village.browser.picture("s12-receipt");
    await town.district.start();
    await act(village.page, "resume_sync", {});
  });

  step("a right to spend offline is asked for and given back", async () => {
    const { page, browser } = office;
    await goTo(page, "/sync/pcs");
    const pcs = page.getByRole("table", { name: "本镇街的电脑" });
    await pcs.getByRole("row", { name: new RegExp(VILLAGE_PC) }).waitFor();
    await page
      .getByRole("button", { name: /^申请.*的支出权$/ })
      .first()
      .click();
    await page.getByText("本机已申请，等区平台给").waitFor();
    await synchronise(office);
    await goTo(page, "/sync/pcs");
    await page.getByText("在本机").waitFor();
    await browser.picture("s16-pcs");
    await page.getByRole("button", { name: /^交还.*的支出权$/ }).click();
    await page.getByText(/^已交还/).waitFor();
  });

  step("pause holds the exchange and says so", async () => {
    const { page } = village;
    await goTo(page, "/sync");
    await page.getByRole("button", { name: "暂停同步" }).click();
    await page.getByRole("button", { name: "恢复同步" }).waitFor();
    await page.getByRole("link", { name: /暂停/ }).waitFor();
    await page.getByText(/^截至 \d\d:\d\d 与区平台一致，共 [\d,]+ 条$/).waitFor();
    assert.equal(await page.getByText(/^与区平台一致/).count(), 0, "nobody asks the district now");
    await village.browser.picture("s13-paused");
  });

  step("what the district refuses is seen with its reason and whole content", async () => {
    await writeDown(village, REVOKED);
    const file = await exported(village, "revoked.zxb");
    const { pcs } = await ask(office.page, "sync_centre");
    const withdrawn = pcs.find((pc) => pc.label === VILLAGE_PC);
    await town.district.revoke(villageCode.slice(0, 9), withdrawn.device);
    await imported(office, file);
    await synchronise(office);
    const { page, browser } = office;
    await page
      .getByText(/^\d+ 条被退回$/)
      .first()
      .waitFor();
    const table = page.getByRole("table", { name: "被区平台退回的" });
    await table.getByRole("row").nth(1).waitFor();
    await browser.picture("s14-refused");
    await table.getByRole("row").nth(1).focus();
    await page.keyboard.press("Enter");
    const drawer = page.getByRole("complementary", { name: "被区平台退回" });
    await drawer.getByText(REVOKED.name).first().waitFor();
    await browser.picture("s15-refused-content");
    await page.keyboard.press("1");
    await page.keyboard.press("Control+Enter");
    await drawer.waitFor({ state: "hidden" });
    assert.equal((await openIssues(office, "refused")).length, 0);
  });

  step("on other networks than those allowed nothing is exchanged", async () => {
    const { page, browser } = office;
    await goTo(page, "/sync/connection");
    await page.getByText("只在这些网络").click();
    await page.locator("textarea").fill("办公网");
    await page.keyboard.press("Control+Enter");
    await page.getByText(/不像网段/).waitFor();
    await browser.picture("s17-network-refused");
    await page.locator("textarea").fill("203.0.113.0/24");
    await page.keyboard.press("Control+Enter");
    await page.getByText(/^连接设置已保存/).waitFor();
    assert.deepEqual((await ask(page, "sync_centre")).settings.only_on, ["203.0.113.0/24"]);
    await page.getByText("任何网络").click();
    await page.keyboard.press("Control+Enter");
    await page.waitForFunction(async () => {
      const reply = await fetch("/api/ask/sync_centre", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
      return (await reply.json()).settings.only_on.length === 0;
    });
  });

  step("every page of the section fits the office screen at 150 % type", async () => {
    const { page, browser } = office;
    const { rows } = await ask(page, "issues", { settled: true, offset: 0, limit: 50 });
    const shown = rows.find((row) => row.kind === "refused").issue;
    const addresses = {
      sync: "/sync",
      issues: "/sync/issues",
      issue: `/sync/issues/${shown}`,
      usb: "/sync/usb",
      pcs: "/sync/pcs",
      connection: "/sync/connection",
    };
    const broken = [];
    for (const size of ["100", "150"]) {
      await page.getByRole("button", { name: /用户菜单/ }).click();
      await page.getByRole("radio", { name: new RegExp(size) }).check({ force: true });
      await page.keyboard.press("Escape");
      for (const [name, address] of Object.entries(addresses)) {
        await goTo(page, address);
        await page.getByRole("heading").first().waitFor();
        await page.waitForTimeout(400);
        broken.push(...(await sidewaysScroll(page)).map((what) => `${size} ${address}: ${what}`));
        await browser.picture(`s${size}-${name}`);
      }
    }
    assert.deepEqual(broken, []);
  });

  step("nothing broke the policy of the window, and the console stayed silent", () => {
    assert.deepEqual([...office.browser.mishaps, ...village.browser.mishaps], []);
  });
});

/** A telephone as lists show it. */
function maskOf(phone) {
  return `${phone.slice(0, 3)}****${phone.slice(-4)}`;
}

/** The number with its eighteenth digit (GB 11643: weights modulo 11). */
function withCheckDigit(digits) {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((all, weight, at) => all + weight * Number(digits[at]), 0);
  return digits + "10X98765432"[sum % 11];
}
