// The time bank as the people of the demonstration town do it: from a need to the passbook, by keyboard.

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ask, goTo, openBrowser, sidewaysScroll } from "./browser.mjs";
import { startDemonstration } from "./devhost.mjs";
import { savedPdf } from "./papers.mjs";
import { signIn, signOut } from "./session.mjs";
import { stepsOf } from "./steps.mjs";

const PASSWORD = "jiulonghu-2026";
const RECORDER = { signInName: "zhang", password: PASSWORD };
const REVIEWER = { signInName: "li", password: PASSWORD };
const CLERK = { signInName: "wang", password: PASSWORD };
/** 陪同就医, coefficient 1.20: 25 minutes count as 30. */
const SERVICE = "F01";
const CALCULATION = "25 分钟 × 1.20 = 30 分钟";
/** The service takes the first minutes of today, so that it is over whenever the test runs. */
const OVER_AT_MIN = 25;

describe("the time bank", { concurrency: 1 }, () => {
  let host;
  let browser;
  let page;
  /** Somebody old with consent and without a time account, a volunteer with one, somebody without consent. */
  let served;
  let volunteer;
  let stranger;
  let relative;
  /** The order that the story is about. */
  let number;
  let code;

  const step = stepsOf(() => browser.picture("failed-time-bank"));

  before(async () => {
    const minute = officeMinute();
    if (minute <= OVER_AT_MIN) await sleep((OVER_AT_MIN + 1 - minute) * 60_000);
    host = await startDemonstration();
    browser = await openBrowser(host.entrance);
    page = browser.page;
  });
  after(async () => {
    await browser?.close();
    await host?.stop();
  });

  const keys = (...names) =>
    names.reduce((before, name) => before.then(() => page.keyboard.press(name)), Promise.resolve());
  const type = (text) => page.keyboard.type(text);
  const said = (words) => page.getByText(words).first().waitFor();
  const order = () => page.getByRole("complementary", { name: /^服务单 / });
  const account = () => page.getByRole("complementary", { name: /的时间账户$/ });
  const fieldOf = (label) => page.locator(".field", { has: page.getByText(label, { exact: true }) });

  /** Opens what the search box finds, by keyboard. */
  async function find(text, hit) {
    await keys("Control+K");
    await type(text);
    await page.getByRole("option", { name: hit }).first().waitFor();
    const options = await page.getByRole("option").allInnerTexts();
    const at = options.findIndex((each) => hit.test(each));
    for (let down = 0; down < at; down += 1) await keys("ArrowDown");
    await keys("Enter");
  }

  /** Types a name into the field that has the keys and takes the person. */
  async function pick(person) {
    await type(person.name);
    await page.getByRole("option", { name: person.name }).first().waitFor();
    await keys("Enter");
  }

  async function available(person) {
    const reply = await ask(page, "time_account", { resident: person.id, offset: 0, limit: 1 });
    return reply.available_min;
  }

  step("the recorder's workbench says what waits", async () => {
    await signIn(page, RECORDER);
    await said(/^\d+ 条需求等着派单/);
    await browser.picture("t01-workbench");
    ({ served, volunteer, stranger, relative } = await people(page));
  });

  step("a need that lacks everything is refused field by field", async () => {
    await find("xq", /^需求/);
    await page.getByRole("grid", { name: "需求" }).waitFor();
    await keys("Control+N");
    await page.getByRole("complementary", { name: "新增需求" }).waitFor();
    await keys("Control+Enter");
    for (const words of ["请选服务对象", "请选服务项目", "请填几点开始，例如 900 或 9:00"]) await said(words);
  });

  step("without consent nobody is served: the program says so at the field", async () => {
    await page.getByRole("combobox", { name: "服务对象" }).focus();
    await pick(stranger);
    await keys("Tab");
    await type(SERVICE);
    await page.getByRole("option", { name: /陪同就医/ }).waitFor();
    await keys("Enter");
    await page.getByLabel("几点开始").focus();
    await type("0");
    await keys("Tab");
    await type("25分");
    await keys("Tab", "Tab");
    await type("请带好病历本");
    await keys("Control+Enter");
    await fieldOf("服务对象")
      .getByText(/还没有同意参加/)
      .waitFor();
    await browser.picture("t02-need-refused");
  });

  step("the need is written down", async () => {
    await page.getByRole("combobox", { name: "服务对象" }).focus();
    await keys("Control+A");
    await pick(served);
    await keys("Control+Enter");
    const need = page.getByRole("complementary", { name: new RegExp(`^${served.name} · .*陪同就医`) });
    await need.getByText("00:00 起，大约 25 分").waitFor();
    await need.getByText("请带好病历本").waitFor();
    await need.getByText("待派单").waitFor();
  });

  step("an order that the person's own account does not cover is refused, the reserve pays", async () => {
    await keys("Control+Enter");
    const box = page.getByRole("dialog", { name: "派单" });
    await box.getByText("本人可用 0 分，不够这次服务，请改由镇准备金付。").waitFor();
    await page.waitForFunction(() => document.activeElement?.matches('[role="dialog"] input'));
    await pick(volunteer);
    await keys("Control+Enter");
    await box.getByText(/时间账户可用 0 分，不够 25 分；可以缩短时间，或改由镇准备金支付。/).waitFor();
    await browser.picture("t03-order-refused");
    await keys("Tab", "ArrowRight");
    await box.getByText("志愿者的时间由镇准备金支付，服务对象不付。").waitFor();
    await keys("Control+Enter");
    const posted = await page.getByText(/已派单，单号 \w{4}-\w{4}。/).innerText();
    [number] = posted.match(/\w{4}-\w{4}/);
    await said("已派单");
  });

  step("the slip: two copies in A5 with the number, whom, what and when", async () => {
    await find(number, new RegExp(number));
    await order().getByText("已接单", { exact: true }).waitFor();
    await keys("Control+P");
    await page.getByRole("figure", { name: "第 1 页，共 2 页" }).getByText(number).waitFor({ state: "attached" });
    await browser.picture("t04-slip");
    const slip = await savedPdf(page);
    assert.equal(slip.pages.length, 2);
    slip.pages.forEach(({ text, width, height }, index) => {
      for (const words of [number, served.name, volunteer.name, "陪同就医", "00:00", "镇准备金", "请带好病历本"]) {
        assert.ok(text.includes(words), `page ${index + 1} says ${words}: ${text}`);
      }
      assert.ok(Math.abs(width - 420) < 1 && Math.abs(height - 595) < 1, `A5 upright, not ${width} × ${height} pt`);
    });
    assert.ok(slip.pages[0].text.includes("第一联") && slip.pages[1].text.includes("第二联"), "two different copies");
    assert.ok(!slip.name.includes(served.name), "the file's name holds no personal data");
  });

  step("returned slips: an unknown number, a time still to come, then the true one", async () => {
    await keys("Escape");
    await find("hdlr", /^回单录入/);
    await page.getByRole("combobox", { name: "第 1 行，单号" }).waitFor();
    await type("0000-0000");
    await keys("Enter");
    await page.getByRole("row", { name: /没有这个单号的服务单/ }).waitFor();
    await keys("Control+Enter");
    await said(/有 1 行还没有填好|要处理/);
    await browser.picture("t05-slip-unknown");

    await page.getByRole("combobox", { name: /^第 1 行/ }).waitFor();
    await keys("F8");
    await type(number.toLowerCase().replace("-", ""));
    await keys("Enter");
    const field = (column) => page.getByRole("combobox", { name: `第 1 行，${column}` });
    await page.getByRole("row", { name: new RegExp(served.name) }).waitFor();
    await field("签到").waitFor();
    await type("1200");
    await keys("Enter");
    await field("签退").waitFor();
    await type("2359");
    await keys("Enter");
    await page.getByText("可录 1 张，共 11 小时 59 分").waitFor();
    await keys("Control+Enter");
    await page.getByRole("row", { name: /这个时间还没到/ }).waitFor();
    await browser.picture("t06-slip-refused");

    await keys("F8", "Tab", "Tab");
    await field("签到").waitFor();
    await type("000");
    await keys("Enter");
    await type("025");
    await keys("Enter");
    await page.getByText("可录 1 张，共 25 分").waitFor();
    await browser.picture("t07-slip-ready");
    await keys("Control+Enter");
    await said("已录入 1 张，其中 1 张双方已签字，等待入账。");
  });

  step("whoever entered the slip does not credit it", async () => {
    await find(number, new RegExp(number));
    await order().getByText("待入账", { exact: true }).waitFor();
    assert.equal(await order().getByRole("button", { name: /^入账/ }).count(), 0);
    await signOut(page);
  });

  step("an objection stops the crediting until it is settled and both confirm anew", async () => {
    await signIn(page, CLERK);
    await find(number, new RegExp(number));
    await order().getByRole("button", { name: "提出异议" }).focus();
    await keys("Enter");
    await page.waitForFunction(() => document.activeElement?.matches('[role="dialog"] textarea'));
    await type("服务对象说晚到了五分钟");
    await keys("Control+Enter");
    await order().getByText("有争议", { exact: true }).waitFor();
    await keys("Control+Enter");
    const box = page.getByRole("dialog", { name: /异议处理完毕/ });
    await page.waitForFunction(() => document.activeElement?.matches('[role="dialog"] input'));
    await keys("Tab", "Control+A");
    await type("0000");
    await keys("Control+Enter");
    // what is missing or refused has the keys
    await box.getByText("请写明怎么处理的").waitFor();
    await type("双方当面核对");
    await keys("Control+Enter");
    await box
      .getByText(/签退要晚于签到|签退时间/)
      .first()
      .waitFor();
    await browser.picture("t08-settle-refused");
    await keys("Control+A");
    await type("025");
    await keys("Control+Enter");
    await order().getByText("待双方确认", { exact: true }).waitFor();
    for (const left of ["待双方确认", "待入账"]) {
      await keys("Control+Enter");
      await page.getByRole("dialog", { name: /^确认/ }).waitFor();
      await page.waitForFunction(() => document.activeElement?.matches('[role="dialog"] input'));
      await keys("Tab", "ArrowRight", "Control+Enter");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await order().getByText(left, { exact: true }).waitFor();
    }
    await order().getByText("服务对象确认（当面）").waitFor();
    await signOut(page);
  });

  step("the second person credits one order, and it stands in the account with its reason", async () => {
    await signIn(page, REVIEWER);
    const before = await available(volunteer);
    await find("rz", /^入账/);
    const table = page.getByRole("table", { name: "等待入账的服务单" });
    await table.getByRole("checkbox", { name: "全部选中" }).focus();
    await keys("Space");
    await said("选中 0 单，共 0 分");
    await table.getByRole("checkbox", { name: number }).focus();
    await keys("Space");
    await said("选中 1 单，共 30 分");
    await table.getByRole("row", { name: new RegExp(`${number}.*${CALCULATION}`) }).waitFor();
    await browser.picture("t09-credit");
    await keys("Control+Enter");
    await said("已入账 1 单，共 30 分，从今天起可用。");
    assert.equal(await available(volunteer), before + 30);
    assert.equal((await ask(page, "time_accounts", { offset: 0, limit: 1 })).sum_min, 0);

    await find(number, new RegExp(number));
    await order().getByText(CALCULATION).waitFor();
    await order().getByRole("link", { name: volunteer.name }).focus();
    await keys("Enter");
    await account().getByText("+30 分").first().waitFor();
    await account().getByText(CALCULATION).first().waitFor();
    await browser.picture("t10-account");
    await account()
      .getByRole("link", { name: new RegExp(`为什么.*${number}`) })
      .focus();
    await keys("Enter");
    await order()
      .getByRole("row", { name: /准备金支付 镇准备金 志愿者 .* 30 分/ })
      .waitFor();
    await signOut(page);
  });

  step("a gift: not more than there is, only to somebody named; the reviewer takes it back", async () => {
    await signIn(page, CLERK);
    await goTo(page, `/time/accounts/${volunteer.id}`);
    const before = await available(volunteer);
    await account().getByRole("button", { name: "赠与或捐赠" }).focus();
    await keys("Enter");
    const box = page.getByRole("dialog", { name: /赠与或捐赠时间/ });
    await page.waitForFunction(() => document.activeElement?.matches('[role="dialog"] input'));
    await keys("Tab");
    await pick(relative);
    await keys("Tab");
    await keys("Enter");
    await page.getByRole("option", { name: "父母", exact: true }).waitFor();
    await keys("ArrowDown", "ArrowDown", "Enter");
    await keys("Tab");
    await type("900小时");
    await keys("Control+Enter");
    await box.getByText(/最多能给出/).waitFor();
    await keys("Control+A");
    await type("10分");
    await browser.picture("t11-gift");
    await keys("Control+Enter");
    await said("已赠与 10 分。");
    assert.equal(await available(volunteer), before - 10);
    await signOut(page);

    await signIn(page, REVIEWER);
    await goTo(page, `/time/accounts/${volunteer.id}`);
    await account().getByRole("button", { name: "冲正" }).first().focus();
    await keys("Enter");
    await page.waitForFunction(() => document.activeElement?.matches('[role="dialog"] textarea'));
    await keys("Control+Enter");
    await page.getByRole("dialog").getByText("请写明为什么冲正，双方都能看到").waitFor();
    await type("赠与的人录错了");
    await keys("Control+Enter");
    await said("已冲正，时间退回赠出的人。");
    assert.equal(await available(volunteer), before);
    await signOut(page);
  });

  step("the passbook: every entry with its balance, under a code", async () => {
    await signIn(page, CLERK);
    await goTo(page, `/time/accounts/${volunteer.id}`);
    await account().getByText("可用").first().waitFor();
    await keys("Control+P");
    await page
      .getByRole("figure", { name: /^第 1 页/ })
      .getByText("时间存折")
      .waitFor({ state: "attached" });
    const book = await savedPdf(page);
    const words = await page
      .getByText(/核对码 \w{5}-\w{5}/)
      .first()
      .innerText();
    [code] = words.match(/\w{5}-\w{5}/);
    await browser.picture("t12-passbook");
    const text = book.pages.map((each) => each.text).join(" ");
    const {
      entries,
      total,
      available_min: left,
    } = await ask(page, "time_account", {
      resident: volunteer.id,
      offset: 0,
      limit: 100,
    });
    assert.equal(entries.length, total);
    assert.equal(entries[0].balance_after_min, left, "the newest entry leaves what is there");
    const found = [volunteer.name, number, code, `共 ${total} 笔`, spoken(left)];
    for (const each of found) assert.ok(text.includes(each), `the passbook says ${each}: ${text}`);
    assert.ok(!book.name.includes(volunteer.name), "the file's name holds no personal data");
  });

  step("the code of the passbook proves it; another one does not", async () => {
    const { total } = await ask(page, "time_account", { resident: volunteer.id, offset: 0, limit: 1 });
    await find("yzzj", /^验证纸件/);
    await page.getByLabel("核对码").waitFor();
    await type("AAAAA-AAAAA");
    await keys("Enter");
    await said("本镇街没有用这个核对码出具过");
    await keys("Control+A");
    await type(code.toLowerCase().replace("-", ""));
    await keys("Enter");
    await said("本镇街出具的时间存折");
    await said(`${total} 笔，少一笔就不完整`);
    await browser.picture("t13-check");
  });

  step("own minutes are held by an order, and free again once it is cancelled", async () => {
    const before = await available(volunteer);
    await goTo(page, "/time/orders/new");
    await page.getByRole("complementary", { name: "新开服务单" }).waitFor();
    await page.waitForFunction(() => document.activeElement?.getAttribute("role") === "combobox");
    await pick(volunteer);
    await keys("Tab");
    await type(SERVICE);
    await page.getByRole("option", { name: /陪同就医/ }).waitFor();
    await keys("Enter");
    await page.getByLabel("几点开始").focus();
    await type("2330");
    await keys("Tab");
    await type("20分");
    await keys("Control+Enter");
    await order().getByText("待接单", { exact: true }).waitFor();
    assert.equal(await available(volunteer), before - 20);
    await order().getByRole("button", { name: "取消服务单" }).focus();
    await keys("Enter");
    await page.waitForFunction(() => document.activeElement?.matches('[role="dialog"] textarea'));
    await type("服务对象说不需要了");
    await keys("Control+Enter");
    await order().getByText("已取消", { exact: true }).waitFor();
    assert.equal(await available(volunteer), before);
  });

  step("a mistake is taken back with its reason; what was printed before still proves itself", async () => {
    await signOut(page);
    await signIn(page, REVIEWER);
    const before = await available(volunteer);
    await find(number, new RegExp(number));
    await order().getByRole("button", { name: "冲正" }).focus();
    await keys("Enter");
    await page.waitForFunction(() => document.activeElement?.matches('[role="dialog"] textarea'));
    await type("时间录错了");
    await keys("Control+Enter");
    await said("服务单已冲正，时间已退回。");
    await order().getByText("已冲正", { exact: true }).waitFor();
    assert.equal(await available(volunteer), before - 30);
    assert.equal((await ask(page, "time_accounts", { offset: 0, limit: 1 })).sum_min, 0);
    await browser.picture("t14-reversed");
    await signOut(page);
    await signIn(page, CLERK);
    await goTo(page, "/system/check-paper");
    await page.getByLabel("核对码").focus();
    await type(code);
    await keys("Enter");
    await said("本镇街出具的时间存折");
  });

  step("every page of the time bank fits the office screen at 150 % type", async () => {
    await page.getByRole("button", { name: /用户菜单/ }).click();
    await page.getByRole("radio", { name: /150/ }).check({ force: true });
    await keys("Escape");
    const [need] = (await ask(page, "needs", { offset: 0, limit: 1 })).rows;
    const [served] = (await ask(page, "orders", { offset: 0, limit: 1, state: "credited" })).rows;
    const addresses = {
      needs: "/time/needs",
      need: `/time/needs/${need.need}`,
      "need-new": "/time/needs/new",
      orders: "/time/orders",
      order: `/time/orders/${served.order}`,
      "order-new": "/time/orders/new",
      slip: `/time/print-slips?orders=${(await ask(page, "orders", { offset: 0, limit: 1, state: "taken" })).rows[0].order}`,
      slips: "/time/slips",
      credit: "/time/credit",
      accounts: "/time/accounts",
      account: `/time/accounts/${volunteer.id}`,
      passbook: `/time/accounts/${volunteer.id}/passbook`,
      types: "/time/types",
      check: "/system/check-paper",
    };
    const found = [];
    for (const [name, address] of Object.entries(addresses)) {
      await goTo(page, address);
      await page.getByRole("heading").first().waitFor();
      await page.waitForLoadState("networkidle");
      found.push(...(await sidewaysScroll(page)).map((what) => `${address}: ${what}`));
      await browser.picture(`t150-${name}`);
    }
    assert.deepEqual(found, []);
  });

  step("nothing broke the policy of the window, and the console stayed silent", () => {
    assert.deepEqual(browser.mishaps, []);
  });
});

/** Minutes since midnight at the office, UTC+8. */
function officeMinute() {
  const now = new Date(Date.now() + 8 * 3_600_000);
  return now.getUTCHours() * 60 + now.getUTCMinutes();
}

/** `2 小时 30 分`, as screens and papers say it. */
function spoken(minutes) {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours > 0 ? `${hours} 小时` : "", rest > 0 || hours === 0 ? `${rest} 分` : ""].filter(Boolean).join(" ");
}

/** Who plays which part: each with a name that only one person of the town has. */
async function people(page) {
  const residents = [];
  for (let offset = 0; ; offset += 500) {
    const { rows } = await ask(page, "residents", { offset, limit: 500 });
    residents.push(...rows);
    if (rows.length < 500) break;
  }
  const times = new Map();
  for (const each of residents) times.set(each.name, (times.get(each.name) ?? 0) + 1);
  const { rows: accounts } = await ask(page, "time_accounts", { offset: 0, limit: 500 });
  const holders = new Set(accounts.map((each) => each.resident));
  const once = residents.filter((each) => times.get(each.name) === 1);
  const rich = accounts.filter((each) => each.available_min >= 60).map((each) => each.resident);
  const [volunteer] = once.filter((each) => rich.includes(each.id));
  const others = once.filter((each) => !holders.has(each.id) && each.household_number !== volunteer.household_number);
  return {
    volunteer,
    served: others.find((each) => each.consent && each.age >= 70),
    relative: others.find((each) => each.consent && each.age >= 40 && each.age < 70),
    stranger: others.find((each) => !each.consent && each.age >= 20),
  };
}
