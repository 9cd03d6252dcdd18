// Masked by default, shown for a purpose, told to the person; and what the auditor sees of it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe } from "node:test";
import { ask, choose, goTo, keysAt, openBrowser, sidewaysScroll } from "./browser.mjs";
import { startDemonstration } from "./devhost.mjs";
import { signIn, signOut } from "./session.mjs";
import { stepsOf } from "./steps.mjs";

const PASSWORD = "jiulonghu-2026";
const CLERK = { signInName: "wang", password: PASSWORD };
const AUDITOR = { signInName: "sun", password: PASSWORD };
const SECURITY = { signInName: "zhao", password: PASSWORD };
const REASON = "本人到窗口补办手续";
/** What is copied is forgotten after a minute. */
const CLIPBOARD_S = 61;

describe("the audit and the query gate", { concurrency: 1 }, () => {
  let host;
  let browser;
  let page;
  let person;
  /** The whole ID number, once it was shown. */
  let number;
  /** By what the audit names the person. */
  let called;

  const step = stepsOf(() => browser.picture("failed"));

  before(async () => {
    host = await startDemonstration();
    browser = await openBrowser(host.entrance, { permissions: ["clipboard-read", "clipboard-write"] });
    page = browser.page;
  });
  after(async () => {
    await browser?.close();
    await host?.stop();
  });

  const facts = () => page.getByRole("region", { name: "基本情况" });

  step("a person's numbers and address are masked on the page and in what the page is sent", async () => {
    await signIn(page, CLERK);
    const { rows } = await ask(page, "residents", { offset: 0, limit: 50 });
    person = rows.find((row) => row.phone_masked !== "" && row.address_masked !== "");
    assert.match(person.id_masked, /^\d{4}\*{10}\d{3}[\dX]$/);
    assert.match(person.phone_masked, /\*{4}/);
    assert.match(person.address_masked, /\*{3}$/);
    await goTo(page, `/residents/${person.id}`);
    await facts().getByText(person.id_masked).waitFor();
    await facts().getByText(person.address_masked).waitFor();
  });

  step("F4 asks for a purpose the first time; then everything is shown", async () => {
    await page.keyboard.press("F4");
    const box = page.getByRole("dialog", { name: "查看完整信息" });
    await box.waitFor();
    await page.keyboard.press("Control+Enter");
    await box.getByText("请选择用途").waitFor();
    assert.match(await keysAt(page), /用途/, "what is missing has the keys");
    await choose(page, box.getByRole("combobox", { name: /用途/ }), "本人到窗口办理业务");
    await box.getByLabel(/理由/).fill(REASON);
    await browser.picture("audit-01-purpose");
    await page.keyboard.press("Control+Enter");
    await box.waitFor({ state: "hidden" });
    number = await facts().locator(".value").first().innerText();
    assert.match(number, /^\d{17}[\dX]$/);
    assert.equal(number.slice(-4), person.id_masked.slice(-4));
    await browser.picture("audit-02-shown");
  });

  step("a copied ID number leaves the clipboard by itself", async () => {
    await page.clock.install();
    await facts().getByRole("button", { name: "复制身份证号" }).click();
    await page.getByText("一分钟后自动清空剪贴板").waitFor();
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    assert.equal(await clipboard(), number);
    await page.clock.fastForward(CLIPBOARD_S * 1_000);
    await page.waitForFunction(async () => (await navigator.clipboard.readText()) === "");
  });

  step("F4 covers again, and once more shows with one key, which is a query of its own", async () => {
    await page.keyboard.press("F4");
    await facts().getByText(person.id_masked).waitFor();
    await page.keyboard.press("F4");
    await page.getByRole("status").getByText("已按上次的用途再登记一次").waitFor();
    await facts().getByText(number).waitFor();
    const looked = page.getByRole("region", { name: "谁查看过" });
    await looked.getByText(REASON).nth(1).waitFor();
    const { rows } = await ask(page, "resident_queries", { resident: person.id });
    assert.deepEqual(
      rows.map((row) => [row.purpose, row.reason]),
      [
        ["本人到窗口办理业务", REASON],
        ["本人到窗口办理业务", REASON],
      ],
    );
  });

  step("the person is handed all that is held", async () => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "导出本人信息清单，Excel" }).click(),
    ]);
    assert.match(download.suggestedFilename(), /^本人信息清单-\d{4}-\d{2}-\d{2}\.xlsx$/);
    const workbook = await readFile(await download.path());
    assert.equal(workbook.subarray(0, 2).toString(), "PK");
    await page.getByRole("region", { name: "谁查看过" }).getByText("全部信息（交给本人）").waitFor();
  });

  step("telephone and address are corrected without being seen", async () => {
    await page.getByRole("button", { name: "更正电话和住址" }).click();
    const box = page.getByRole("dialog", { name: "更正电话和住址" });
    await box.getByLabel(/新的电话/).fill("13700009999");
    await page.keyboard.press("Control+Enter");
    await page.getByText("联系方式已更正").waitFor();
    await page.keyboard.press("F4");
    await facts().getByText("137****9999").waitFor();
  });

  step("the person's page says by which number the audit names them, and the search box takes it", async () => {
    const line = await page.getByText(/^编号 [0-9a-f]{8}（查审计时报这个编号）/).innerText();
    called = line.slice(3, 11);
    assert.ok(person.id.endsWith(called));
    await page.keyboard.press("Control+K");
    await page.keyboard.type(called);
    // the person first, then what the search box knows of them
    await page
      .getByRole("option", { name: new RegExp(person.name) })
      .first()
      .waitFor();
    await browser.picture("audit-02b-number");
    await page.keyboard.press("Escape");
  });

  step("all looks of the town stand in one list", async () => {
    await goTo(page, "/privacy-queries");
    const list = page.getByRole("grid", { name: "查询登记" });
    await list.getByText(REASON).first().waitFor();
    await browser.picture("audit-03-queries");
    await signOut(page);
  });

  step("the auditor sees acts, refusals and looks, and no business of the town", async () => {
    await signIn(page, AUDITOR);
    await goTo(page, "/system/audit");
    const list = page.getByRole("grid", { name: "审计记录" });
    await list.getByText("查看完整号码或住址").first().waitFor();
    assert.equal(await page.getByRole("link", { name: "积分" }).count(), 0);
    await browser.picture("audit-04-audit");
    const text = await page.locator("main").innerText();
    assert.ok(!text.includes(number) && !text.includes(REASON) && !text.includes(person.name));
    await choose(page, page.getByRole("combobox", { name: "结果" }), "只看被拒和未成");
    await list.getByText("被拒").first().waitFor();
    await choose(page, page.getByRole("combobox", { name: "结果" }), "已办理和被拒");
  });

  step("the number of the list finds the rows about the person, typed or by Enter", async () => {
    const list = page.getByRole("grid", { name: "审计记录" });
    const field = page.getByLabel("对象编号", { exact: true });
    await field.fill(called);
    await list.getByText(called).first().waitFor();
    const rows = await ask(page, "audit_page", {
      user: null,
      action: null,
      refused: null,
      number: called,
      from: null,
      to: null,
      offset: 0,
      limit: 100,
    });
    const named = (row) => row.number === called || row.detail.includes(called);
    assert.ok(rows.total > 3 && rows.rows.every(named), JSON.stringify(rows.rows));
    await page.waitForFunction(
      ([words, total]) => [...document.querySelectorAll(words)].some((each) => each.textContent.trim() === total),
      ["[role=status]", `${rows.total} 条`],
    );
    await browser.picture("audit-04b-number");
    await field.fill("");
    await list.getByText("登录").first().waitFor();
    await list.getByText(called).first().click();
    await page.keyboard.press("Enter");
    await page.waitForFunction(
      ([words, total]) => [...document.querySelectorAll(words)].some((each) => each.textContent.trim() === total),
      ["[role=status]", `${rows.total} 条`],
    );
    assert.equal(await field.inputValue(), called);
    await field.fill("");
  });

  step("the chain is checked, and the export is a workbook that is noted itself", async () => {
    await page.getByRole("button", { name: "核对审计" }).click();
    await page.getByText("审计完整").waitFor();
    assert.match(await keysAt(page), /^核对审计/);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "导出 Excel" }).click(),
    ]);
    assert.equal((await readFile(await download.path())).subarray(0, 2).toString(), "PK");
    await page.getByRole("grid", { name: "审计记录" }).getByText("导出审计").first().waitFor();
    await browser.picture("audit-05-checked");
  });

  step("who administers security finds where the audit is cut, and sees nothing of it", async () => {
    await signOut(page);
    await signIn(page, SECURITY);
    await page.keyboard.press("Control+K");
    await page.keyboard.type("清理");
    await page.getByRole("option", { name: /审计/ }).first().click();
    await page.getByRole("region", { name: "审计保存期限" }).getByText("不少于 6 个月").waitFor();
    assert.ok(await page.getByRole("button", { name: "清理到期的审计" }).isDisabled(), "nothing is due yet");
    assert.equal(await page.getByRole("grid", { name: "审计记录" }).count(), 0);
    await browser.picture("audit-06-security");
    await signOut(page);
    await signIn(page, AUDITOR);
    await goTo(page, "/system/audit");
    await page.getByRole("region", { name: "审计保存期限" }).getByText("现在没有到期的").waitFor();
    assert.equal(await page.getByRole("button", { name: "清理到期的审计" }).count(), 0);
  });

  step("at 150 % nothing is cut or scrolls sideways", async () => {
    const found = [];
    const look = async (addresses) => {
      await page.getByRole("button", { name: /用户菜单/ }).click();
      await page.getByRole("radio", { name: /150/ }).check({ force: true });
      await page.keyboard.press("Escape");
      for (const address of addresses) {
        await goTo(page, address);
        await page.locator("main").waitFor();
        await page.waitForTimeout(300);
        await browser.picture(`150-${address.slice(1).replaceAll("/", "-").replace(person.id, "one")}`);
        found.push(...(await sidewaysScroll(page)).map((what) => `${address}: ${what}`));
      }
    };
    await look(["/system/audit"]);
    await signOut(page);
    await signIn(page, CLERK);
    await look([`/residents/${person.id}`, "/privacy-queries"]);
    assert.deepEqual(found, []);
    assert.deepEqual(browser.mishaps, []);
  });
});
