// The console of the district, as its people use it: from the account made on the terminal to the table sent to the towns.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe } from "node:test";
import { SCREEN, openBrowser, sidewaysScroll } from "./browser.mjs";
import { REPOSITORY } from "./devhost.mjs";
import { FIRST, startDistrict } from "./district.mjs";
import { stepsOf } from "./steps.mjs";

const PASSWORD = "海塘边的灯塔每天晚上都亮着";
const TOWN = "九龙湖镇";
/** What 150 % leaves of an office screen. */
const LARGE = { width: Math.floor(SCREEN.width / 1.5), height: Math.floor(SCREEN.height / 1.5) };
const SECTIONS = ["概况", "镇街", "品牌并列", "问题", "下发", "账号", "操作记录"];

describe("the district's console", { concurrency: 1 }, () => {
  let district;
  let browser;
  let page;
  let folder;

  const step = stepsOf(() => browser.picture("failed-console"));
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "zhenxin-e2e-console-"));
    district = await startDistrict();
    // its certificate is of its own authority, which no browser knows
    browser = await openBrowser(district.url, { ignoreHTTPSErrors: true });
    page = browser.page;
  });
  after(async () => {
    await browser?.close();
    await district?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const heading = (name) => page.getByRole("heading", { name, level: 1 }).waitFor();
  const open = async (section) => {
    await page.getByRole("navigation", { name: "栏目" }).getByRole("link", { name: section }).click();
    await heading(section);
  };
  async function signIn(name, password) {
    await heading("登录");
    await page.getByLabel("账号").fill(name);
    await page.getByLabel("密码").fill(password);
    await page.keyboard.press("Enter");
  }
  /** The row of a table by the name in it. */
  const row = (table, name) => page.getByRole("region", { name: table }).getByRole("row").filter({ hasText: name });
  async function file(name, document) {
    const place = path.join(folder, name);
    await writeFile(place, JSON.stringify(document));
    return place;
  }
  async function downloaded(link) {
    const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
    const bytes = await readFile(await download.path());
    return { name: download.suggestedFilename(), bytes };
  }

  step("a stranger is led to the sign-in, and a wrong password stays outside", async () => {
    assert.match(page.url(), /\/console\/sign-in$/);
    await signIn(FIRST.name, "not-the-password-1");
    await page.getByRole("alert").filter({ hasText: "账号或密码不对" }).waitFor();
    await browser.picture("c01-sign-in");
  });

  step("the first sign-in changes the password", async () => {
    await signIn(FIRST.name, FIRST.password);
    await heading("修改密码");
    await page.goto(`${district.url}/console/acts`);
    await heading("修改密码");
    await page.getByLabel("原密码").fill(FIRST.password);
    await page.getByLabel("新密码", { exact: true }).fill(PASSWORD);
    await page.getByLabel("再输一遍新密码").fill(PASSWORD);
    await browser.picture("c02-password");
    await page.getByRole("button", { name: "修改密码" }).click();
    await heading("概况");
  });

  step("the overview shows the towns and counts what they did", async () => {
    // the worker begins when the district starts
    await assert.doesNotReject(async () => {
      while ((await page.getByText("正在统计").count()) > 0) await page.reload();
    });
    await row("镇街", TOWN).waitFor();
    const cells = await row("镇街", TOWN).getByRole("cell").allInnerTexts();
    const [points, time] = [Number(cells[8].replaceAll(",", "")), cells[9]];
    assert.ok(points > 0, `points of the demonstration: ${cells}`);
    assert.match(time, /小时/);
    const sum = await page.getByRole("link", { name: /生效积分/ }).innerText();
    assert.ok(sum.replaceAll(",", "").includes(`${points} 分`), `${sum} against ${points}`);
    await page.getByText("每月有多少积分生效").waitFor();
    assert.equal((await page.locator("figure.chart svg rect").count()) > 0, true);
    const months = page.getByRole("region", { name: "每月积分和时间" });
    const total = await months.getByRole("row").last().getByRole("cell").allInnerTexts();
    assert.equal(Number(total[1].replaceAll(",", "")) - Number(total[2].replaceAll(",", "")), points);
    await browser.picture("c03-overview");
    await page.locator("figure.chart").first().scrollIntoViewIfNeeded();
    await browser.picture("c03-overview-charts");
  });

  step("a code for a device of two villages is shown once", async () => {
    await open("镇街");
    await browser.picture("c04-towns");
    await page.getByRole("region", { name: "镇街" }).getByRole("link", { name: TOWN }).click();
    await heading(TOWN);
    await row("电脑", "综合办 1 号机").waitFor();
    await browser.picture("c05-town");
    await page.getByLabel("电脑名称").fill("龙源社区 1 号机");
    // an Enter in the name gives nobody the whole town
    await page.getByLabel("电脑名称").press("Enter");
    assert.equal(await page.locator('input[name="scope"]:checked').count(), 0);
    assert.ok(await page.locator('input[name="scope"]:invalid').count());
    await heading(TOWN);
    assert.equal(await page.getByLabel("龙源社区").isVisible(), false);
    await browser.picture("c06-no-scope");
    // by keyboard: the choice, then its villages
    await page.getByRole("radio", { name: "全镇街" }).focus();
    await page.keyboard.press("ArrowDown");
    assert.ok(await page.getByRole("radio", { name: "只给部分村社" }).isChecked());
    await page.getByRole("button", { name: "生成接入码" }).click();
    await page.getByRole("alert").filter({ hasText: "请至少勾一个" }).waitFor();
    await page.getByText("没有生成接入码").waitFor();
    await browser.picture("c06-refused");
    await page.getByRole("link", { name: "返回重新填写" }).click();
    await page.getByLabel("电脑名称").fill("龙源社区 1 号机");
    await page.getByRole("radio", { name: "只给部分村社" }).check();
    await page.getByLabel("龙源社区").focus();
    await page.keyboard.press("Space");
    await page.getByLabel("长石村委会").check();
    await browser.picture("c06-code-form");
    await page.getByRole("button", { name: "生成接入码" }).click();
    await heading(/接入码/);
    await page.getByText(/范围：(龙源社区、长石村委会|长石村委会、龙源社区)$/).waitFor();
    const code = await page.getByLabel("接入码").innerText();
    assert.match(code, /^[0-9A-Z]{4,}(-[0-9A-Z]+)+$/);
    await browser.picture("c07-code");
    await page.getByRole("link", { name: "已抄下，返回" }).click();
    await heading(TOWN);
    assert.equal(await page.getByText(code).count(), 0);
  });

  step("a holiday table with faults is told row by row", async () => {
    await open("下发");
    await browser.picture("c08-published");
    const rows = [
      { date: "2027-02-30", kind: "holiday" },
      { date: "2027-01-04", kind: "workday" },
      { date: "2027-01-01" },
    ];
    const bad = await file("bad.json", { kind: "holidays", title: "2027 年放假安排", rows });
    const block = page.locator("section.kind").filter({ hasText: "工作日表" });
    await block.getByLabel(/选择文件/).setInputFiles(bad);
    await block.getByRole("button", { name: "核对这个文件" }).click();
    await page.getByRole("alert").filter({ hasText: "有 3 处问题" }).waitFor();
    await browser.picture("c09-faults");
    await page.getByRole("link", { name: "返回重新选择" }).click();
    await heading("下发");
  });

  step("a good one is compared and published", async () => {
    const csv = await readFile(path.join(REPOSITORY, "assets/data/holidays-cn.csv"), "utf8");
    const [head, ...lines] = csv.trim().split(/\r?\n/);
    const keys = head.split(",");
    const rows = lines.map((line) => Object.fromEntries(line.split(",").map((cell, at) => [keys[at], cell])));
    const publish = async (name, document, changes) => {
      const block = page.locator("section.kind").filter({ hasText: "工作日表" });
      await block.getByLabel(/选择文件/).setInputFiles(await file(name, document));
      await block.getByRole("button", { name: "核对这个文件" }).click();
      await page.getByRole("row", { name: changes }).waitFor();
      await browser.picture(`c10-${name.replace(".json", "")}`);
      await page.getByRole("button", { name: "下发给全部镇街" }).click();
      await page.getByRole("status").filter({ hasText: "已下发" }).waitFor();
    };
    await publish(
      "first.json",
      { kind: "holidays", title: "2023–2026 年放假安排", rows },
      new RegExp(`新增 ${rows.length}`),
    );
    const more = [...rows, { date: "2027-01-01", kind: "holiday" }];
    await publish("second.json", { kind: "holidays", title: "2023–2027 年放假安排", rows: more }, /新增 1 2027-01-01/);
    await row("下发过的版本", "2023–2027").getByRole("link", { name: "第 2 版" }).click();
    await heading("工作日表第 2 版");
    await browser.picture("c11-version");
    const json = await downloaded(page.getByRole("link", { name: "下载 JSON 文件" }));
    assert.equal(JSON.parse(json.bytes).rows.length, more.length);
    const table = await downloaded(page.getByRole("link", { name: /下载表格/ }));
    assert.match(table.name, /^工作日表第 2 版-内容-\d{4}-\d\d-\d\d\.xlsx$/);
    assert.equal(table.bytes.subarray(0, 2).toString(), "PK");
  });

  step("a device is revoked after a question that names it", async () => {
    await open("镇街");
    await page.getByRole("region", { name: "镇街" }).getByRole("link", { name: TOWN }).click();
    await page.getByRole("link", { name: "停用河头村电脑" }).click();
    await heading(`停用${TOWN}的河头村电脑`);
    await browser.picture("c12-revoke");
    await page.getByRole("link", { name: "不办了，返回" }).click();
    await heading(TOWN);
    assert.equal(await row("电脑", "河头村电脑").getByText("已停用").count(), 0);
    await page.getByRole("link", { name: "停用河头村电脑" }).click();
    await page.getByRole("button", { name: "停用河头村电脑" }).click();
    await heading(TOWN);
    await row("电脑", "河头村电脑").getByText("已停用").waitFor();
  });

  step("somebody who only reads gets an account, and no buttons", async () => {
    await open("账号");
    await page.getByLabel("账号名").fill("chakan");
    await page.getByRole("button", { name: "添加账号" }).click();
    const first = await page.getByLabel("首次密码").innerText();
    await browser.picture("c13-account-added");
    await page.getByRole("link", { name: "已抄下，返回" }).click();
    await browser.picture("c14-accounts");
    await page.getByRole("button", { name: "退出登录" }).click();
    await signIn("chakan", first);
    await page.getByLabel("原密码").fill(first);
    await page.getByLabel("新密码", { exact: true }).fill(`${PASSWORD}吗`);
    await page.getByLabel("再输一遍新密码").fill(`${PASSWORD}吗`);
    await page.getByRole("button", { name: "修改密码" }).click();
    await heading("概况");
    assert.equal(await page.getByRole("link", { name: "账号", exact: true }).count(), 0);
    await open("下发");
    assert.equal(await page.getByRole("button", { name: "核对这个文件" }).count(), 0);
    const table = await downloaded(page.getByRole("link", { name: "下载表格：下发过的版本" }));
    assert.match(table.name, /\.xlsx$/);
    await page.getByRole("button", { name: "退出登录" }).click();
    await signIn(FIRST.name, PASSWORD);
    await heading("概况");
  });

  step("the record tells all of it and follows from itself", async () => {
    await open("操作记录");
    await page.getByText("前后核对无误").waitFor();
    const told = (await page.getByRole("region", { name: "操作记录" }).innerText()).replaceAll("\t", " ");
    for (const act of ["生成接入码", "下发", "停用电脑", "添加账号", "下载表格", "修改自己的密码", "服务器终端"]) {
      assert.ok(told.includes(act), `${act} is missing`);
    }
    await browser.picture("c15-acts");
  });

  step("nothing is cut and nothing scrolls sideways, at 150 % either", async () => {
    for (const [size, mark] of [
      [SCREEN, "100"],
      [LARGE, "150"],
    ]) {
      await page.setViewportSize(size);
      for (const [number, section] of SECTIONS.entries()) {
        await open(section);
        assert.deepEqual(await sidewaysScroll(page), [], `${section} at ${mark} %`);
        await browser.picture(`c-${mark}-${number}`);
      }
      await open("镇街");
      await page.getByRole("region", { name: "镇街" }).getByRole("link", { name: TOWN }).click();
      await heading(TOWN);
      assert.deepEqual(await sidewaysScroll(page), [], `a town at ${mark} %`);
      await browser.picture(`c-${mark}-town`);
    }
    await page.setViewportSize(SCREEN);
  });

  step("signing out ends it, and Back does not bring it back", async () => {
    await page.getByRole("button", { name: "退出登录" }).click();
    await heading("登录");
    await page.goBack();
    await heading("登录");
    assert.deepEqual(browser.mishaps, []);
  });
});
