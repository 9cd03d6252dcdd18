// Somebody leaves: withdraws the consent, is restricted, asks to be erased; two persons do it, and nobody finds them again.

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { ask, choose, goTo, keysAt, openBrowser, sidewaysScroll } from "./browser.mjs";
import { startDemonstration } from "./devhost.mjs";
import { signIn, signOut } from "./session.mjs";
import { stepsOf } from "./steps.mjs";

const PASSWORD = "jiulonghu-2026";
const CLERK = { signInName: "wang", password: PASSWORD };
const REVIEWER = { signInName: "li", password: PASSWORD };
const ERASED = "（已删除）";

describe("the privacy desk", { concurrency: 1 }, () => {
  let host;
  let browser;
  let page;
  let person;

  const step = stepsOf(() => browser.picture("failed-privacy"));

  before(async () => {
    host = await startDemonstration();
    browser = await openBrowser(host.entrance);
    page = browser.page;
  });
  after(async () => {
    await browser?.close();
    await host?.stop();
  });

  const drawer = () => page.locator("aside.drawer");
  const said = (words) => page.getByText(words).first().waitFor();

  step("withdrawing takes one question and freezes the accounts", async () => {
    await signIn(page, CLERK);
    const { rows } = await ask(page, "residents", { offset: 0, limit: 200, consent: true });
    const accounts = await ask(page, "time_accounts", { offset: 0, limit: 200, below_zero: false }).catch(() => ({
      rows: [],
    }));
    const busy = new Set((accounts.rows ?? []).map((row) => row.resident?.id ?? row.line?.id));
    person = rows.find((row) => row.age >= 18 && !busy.has(row.id));
    await goTo(page, `/residents/${person.id}`);
    await page.getByRole("button", { name: "撤回同意" }).click();
    await page.getByRole("button", { name: "撤回同意" }).last().click();
    await said("已撤回同意，从今天起生效。");
    await drawer().getByText("已撤回同意", { exact: true }).first().waitFor();
    await browser.picture("privacy-01-withdrawn");
  });

  step("the form offers the version in use and can be printed", async () => {
    await drawer().getByRole("button", { name: "登记同意" }).first().click();
    const box = page.getByRole("dialog", { name: "登记同意" });
    await box.getByText("2026-1（现行）").waitFor();
    await box.getByRole("button", { name: "打印同意书" }).waitFor();
    await browser.picture("privacy-02-consent");
    await page.keyboard.press("Escape");
    const paper = await ask(page, "consent_form", { resident: person.id });
    assert.equal(Buffer.from(paper.content, "base64").subarray(0, 5).toString(), "%PDF-");
  });

  step("the desk lists who withdrew, with the day by which something is done", async () => {
    await goTo(page, "/privacy?part=withdrawn");
    // the list left behind names the same person, and stays until the new page is there
    const list = page.getByRole("table", { name: "已撤回同意的居民" });
    const row = list.getByRole("row", { name: new RegExp(person.name) });
    await row.waitFor();
    await browser.picture("privacy-03-desk");
    await row.press("Enter");
    await drawer().getByRole("heading", { name: person.name }).waitFor();
    await drawer().getByText("删除会带来什么").waitFor();
    await browser.picture("privacy-04-plan");
  });

  step("restricting keeps the data and stops everything; lifting needs a reason", async () => {
    await drawer().getByRole("button", { name: "限制处理" }).click();
    const box = page.getByRole("dialog", { name: "限制处理" });
    await page.keyboard.press("Control+Enter");
    await box.getByText("请选择为什么限制").waitFor();
    assert.match(await keysAt(page), /原因/, "what is missing has the keys");
    await choose(page, box.getByRole("combobox", { name: /原因/ }), "本人对信息是否准确有异议");
    await page.keyboard.press("Control+Enter");
    await said("已限制处理");
    await drawer().getByRole("button", { name: "解除限制" }).waitFor();
    assert.equal(await keysAt(page), person.name, "the button pressed is gone: the keys are at the heading");
    await drawer().getByRole("button", { name: "解除限制" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "异议已经办结" }).click();
    await page.keyboard.press("Control+Enter");
    await said("已解除限制");
  });

  step("the plan names all that goes and what stays", async () => {
    await drawer().getByText("居民登记 1 份：姓名、身份证号、电话、住址").waitFor();
    await drawer().getByText("限制、删除申请和答复里写的说明，1 条").waitFor();
    await drawer().getByText("积分和时间的数字、日期，账目总和不变").waitFor();
    await browser.picture("privacy-04b-plan-lines");
  });

  step("a request is taken back by who asked", async () => {
    await drawer().getByRole("button", { name: "申请删除" }).click();
    const box = page.getByRole("dialog", { name: "申请删除个人信息" });
    await choose(page, box.getByRole("combobox", { name: /原因/ }), "本人要求删除");
    await box.getByText("个人信息保护法》第四十七条第一款第三项").waitFor();
    await page.keyboard.press("Control+Enter");
    await said("已提出删除申请");
    await drawer().getByRole("button", { name: "撤回删除申请" }).click();
    await browser.picture("privacy-04c-take-back");
    await page.getByRole("dialog").getByRole("button", { name: "本人改变主意" }).click();
    await page.keyboard.press("Control+Enter");
    await said("已撤回删除申请");
    await drawer().getByText("撤回删除申请：本人改变主意").waitFor();
  });

  step("who has not withdrawn the consent does it in the same box", async () => {
    const { rows } = await ask(page, "residents", { offset: 0, limit: 200, consent: true });
    const other = rows.find((row) => row.age >= 18 && row.id !== person.id);
    await goTo(page, `/privacy/${other.id}?part=withdrawn`);
    await drawer().getByRole("heading", { name: other.name }).waitFor();
    await drawer().getByRole("button", { name: "申请删除" }).click();
    const box = page.getByRole("dialog", { name: "申请删除个人信息" });
    await choose(page, box.getByRole("combobox", { name: /原因/ }), "本人要求删除");
    await box.getByText("要先撤回同意").waitFor();
    await browser.picture("privacy-04d-consent-first");
    await box.getByRole("button", { name: "现在撤回同意" }).click();
    await page.getByRole("dialog", { name: "撤回这位居民的同意" }).getByRole("button", { name: "撤回同意" }).click();
    await box.getByText("要先撤回同意").waitFor({ state: "hidden" });
    await page.keyboard.press("Control+Enter");
    await said("已提出删除申请");
    await drawer().getByRole("button", { name: "撤回删除申请" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "选错了人" }).click();
    await page.keyboard.press("Control+Enter");
    await drawer().getByText("撤回删除申请：选错了人").waitFor();
    await goTo(page, `/privacy/${person.id}?part=withdrawn`);
    await drawer().getByRole("heading", { name: person.name }).waitFor();
  });

  step("the clerk asks and cannot confirm", async () => {
    await drawer().getByRole("button", { name: "申请删除" }).click();
    const box = page.getByRole("dialog", { name: "申请删除个人信息" });
    await choose(page, box.getByRole("combobox", { name: /原因/ }), "已撤回同意");
    await box.getByLabel(/说明/).fill("书面申请已存档");
    await browser.picture("privacy-05-ask");
    await page.keyboard.press("Control+Enter");
    await said("已提出删除申请");
    await drawer().getByText("待复核的删除申请").waitFor();
    await drawer().getByText("这份申请是您自己提出的").waitFor();
    assert.notEqual(await keysAt(page), "nowhere");
    assert.ok(await drawer().getByRole("button", { name: "确认删除" }).isDisabled());
    await signOut(page);
  });

  step("another person confirms, and the name is gone", async () => {
    await signIn(page, REVIEWER);
    await goTo(page, "/privacy");
    await page.getByRole("row", { name: new RegExp(person.name) }).click();
    await drawer().getByText("书面申请已存档").first().waitFor();
    await browser.picture("privacy-06-decide");
    await drawer().getByRole("button", { name: "确认删除" }).click();
    const yes = page.getByRole("button", { name: "删除个人信息" });
    await yes.waitFor();
    const { kind, keys } = await yes.evaluate((button) => ({
      kind: button.className,
      keys: getComputedStyle(button, "::after").content,
    }));
    assert.match(kind, /danger/);
    assert.match(keys, /Ctrl\+Enter/);
    await browser.picture("privacy-06-question");
    await page.keyboard.press("Control+Enter");
    await said("已删除");
    await drawer().getByRole("heading", { name: ERASED }).waitFor();
    assert.equal(await keysAt(page), ERASED);
    await browser.picture("privacy-07-erased");
    const detail = await ask(page, "resident", { resident: person.id });
    assert.equal(detail.line.name, ERASED);
    assert.equal(detail.stage, "erased");
    const hits = await ask(page, "search", { text: person.name });
    assert.ok(hits.hits.every((hit) => hit.id !== person.id));
  });

  step("what was done and how long what is kept can be read on a narrow window", async () => {
    await goTo(page, "/privacy?part=steps");
    await page
      .getByRole("row", { name: /已删除/ })
      .first()
      .waitFor();
    await browser.picture("privacy-08-steps");
    await goTo(page, "/privacy?part=retention");
    await page.getByRole("row", { name: /查询记录/ }).waitFor();
    await browser.picture("privacy-09-retention");
    await page.setViewportSize({ width: 910, height: 512 });
    await browser.picture("privacy-10-narrow");
    assert.deepEqual(await sidewaysScroll(page), []);
  });
});
