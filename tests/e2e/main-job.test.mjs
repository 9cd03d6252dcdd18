// The main job as clerks do it, from an empty machine to a printed statement, against the real program.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe } from "node:test";
import { ask, choose, focusMark, goTo, openBrowser, pasteText, SCREEN, sidewaysScroll } from "./browser.mjs";
import { REPOSITORY, startDevhost } from "./devhost.mjs";
import { addReviewer, ADMINISTRATOR, firstRun, firstSignIn, REVIEWER, signIn, signOut } from "./session.mjs";
import { stepsOf } from "./steps.mjs";

const FIXTURES = path.join(REPOSITORY, "tests", "fixtures");
const ROSTER = path.join(FIXTURES, "residents-330211101-jiulonghu.xlsx");
const TRUTH = path.join(FIXTURES, "residents-330211101-jiulonghu.truth.json");
const RULES = path.join(FIXTURES, "points-rules.xlsx");
const VILLAGE = "思源社区";
const PEOPLE = 40;
const ACTIVITY = "河道清洁日";
const RULE = "A01";
const POINTS_EACH = 2;

describe("the main job", { concurrency: 1 }, () => {
  let host;
  let browser;
  let page;
  /** The forty who take part: adults of one village with consent. */
  let people;

  const step = stepsOf(() => browser.picture("failed"));

  before(async () => {
    host = await startDevhost();
    browser = await openBrowser(host.entrance);
    page = browser.page;
  });
  after(async () => {
    await browser?.close();
    await host?.stop();
  });

  step("a new machine: town, administrator, recovery key", async () => {
    const groups = await firstRun(page);
    assert.ok(groups.length >= 6, "a recovery key of several groups");
    await browser.picture("01-first-run");
  });

  step("signing in by keyboard; a wrong password is refused in words", async () => {
    await page.getByRole("button", { name: "先看工作台" }).click();
    await page.getByRole("heading", { name: "工作台", level: 1 }).waitFor();
    await signOut(page);
    await page.getByLabel("登录名").fill(ADMINISTRATOR.signInName);
    await page.getByLabel("密码", { exact: true }).fill("记错了的密码");
    await page.keyboard.press("Enter");
    const refusal = await page.getByRole("alert").innerText();
    assert.match(refusal, /密码/);
    await signIn(page, ADMINISTRATOR);
  });

  step("the roster: a check finds 2,495 good rows and 82 faults, the import takes the good ones", async () => {
    const truth = JSON.parse(await readFile(TRUTH, "utf8"));
    await goTo(page, "/import/residents");
    await page.setInputFiles("input[type=file]", ROSTER);
    await page.getByRole("button", { name: "导入 2,495 行" }).waitFor();
    await page.getByText("82 行有错，不导入").waitFor();
    assert.equal(await page.getByRole("grid", { name: "有错的行" }).getAttribute("aria-rowcount"), String(82 + 1));
    await browser.picture("02-import-check");

    const first = truth.faults[0][0];
    const faultsThere = truth.faults.filter(([sheet]) => sheet === first).length;
    await choose(page, page.getByRole("combobox", { name: "只看一张工作表" }), `${first}（${faultsThere}）`);
    assert.equal(
      await page.getByRole("grid", { name: "有错的行" }).getAttribute("aria-rowcount"),
      String(faultsThere + 1),
    );

    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "下载有错的 82 行" }).click(),
    ]);
    const workbook = await readFile(await download.path());
    assert.equal(workbook.subarray(0, 2).toString(), "PK", "the error workbook is an .xlsx");

    await page.getByRole("button", { name: "导入 2,495 行" }).click();
    await page.getByText("已导入 2,495 行：新增 2,495，更新 0").waitFor({ timeout: 120_000 });
    await browser.picture("03-imported");
    assert.equal((await ask(page, "residents", { offset: 0, limit: 1 })).total, truth.good);
  });

  step("the whole import is taken back, and taken in anew", async () => {
    await page.getByRole("button", { name: "撤销这次导入" }).click();
    await page.getByText("移除新增的 2,495 行").waitFor();
    assert.equal((await ask(page, "residents", { offset: 0, limit: 1 })).total, 0);
    await page.getByRole("button", { name: "重新导入" }).click();
    await page.setInputFiles("input[type=file]", ROSTER);
    await page.getByRole("button", { name: "导入 2,495 行" }).click();
    await page.getByText("已导入 2,495 行：新增 2,495，更新 0").waitFor();
  });

  step("the same roster again changes nothing", async () => {
    await page.getByRole("button", { name: "再导一个文件" }).click();
    await page.setInputFiles("input[type=file]", ROSTER);
    await page.getByText("没有变化 2,495").waitFor();
    assert.ok(await page.getByRole("button", { name: "没有要写入的" }).isDisabled());
  });

  step("the rules: twenty are taken, each counter-example is refused with its reason", async () => {
    await goTo(page, "/import/rules");
    await page.setInputFiles("input[type=file]", RULES);
    await page.getByRole("button", { name: "导入 20 条细则" }).waitFor();
    await page.getByText("12 行有错，不导入").waitFor();
    await page.getByRole("button", { name: "导入 20 条细则" }).click();
    await page.getByText("已导入 20 条细则").waitFor();
    await goTo(page, "/points/rules");
    await page.getByText("20 条", { exact: true }).waitFor();
    await browser.picture("04-rules");
  });

  step("a second person, since nobody reviews what they recorded", async () => {
    await goTo(page, "/system/users");
    await addReviewer(page);
  });

  step("consent for a whole village, children left to their guardians", async () => {
    await goTo(page, "/residents");
    await choose(page, page.getByRole("combobox", { name: "村社" }), VILLAGE);
    const list = page.getByRole("grid", { name: "居民名册" });
    await list.getByRole("row").nth(1).waitFor();
    await list.focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Shift+ArrowDown");
    await page.getByText("已选 2 人").waitFor();
    await page.getByRole("button", { name: /^选中全部/ }).click();
    await page.getByRole("button", { name: "登记同意" }).click();
    const box = page.getByRole("dialog");
    await box.getByRole("button", { name: "登记同意" }).click();
    await page.getByText(/已登记 \d+ 人同意/).waitFor();
    await browser.picture("05-consent");

    const { rows: villagers } = await ask(page, "residents", { offset: 0, limit: 500 });
    const here = villagers.filter((each) => each.village_name === VILLAGE);
    const grown = here.filter((each) => each.age >= 14);
    assert.ok(
      grown.every((each) => each.consent),
      "every adult of the village has consented",
    );
    assert.ok(
      here.filter((each) => each.age < 14).every((each) => !each.consent),
      "no child has",
    );
    const once = grown.filter((each) => grown.filter((other) => other.name === each.name).length === 1);
    people = once.slice(0, PEOPLE);
    assert.equal(people.length, PEOPLE);
  });

  step("Enter while an input method composes neither picks nor submits", async () => {
    await goTo(page, "/points/record");
    const field = page.getByRole("combobox", { name: "第 1 行，姓名" });
    await field.focus();
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Input.imeSetComposition", { text: "zhang", selectionStart: 5, selectionEnd: 5 });
    const seen = await page.evaluate(() => {
      window.sawComposing = [];
      document.activeElement.addEventListener("keydown", (event) => window.sawComposing.push(event.isComposing), {
        capture: true,
        once: true,
      });
    });
    assert.equal(seen, undefined);
    for (const type of ["rawKeyDown", "keyUp"]) {
      await devtools.send("Input.dispatchKeyEvent", {
        type,
        key: "Enter",
        code: "Enter",
        windowsVirtualKeyCode: 229,
        nativeVirtualKeyCode: 229,
      });
    }
    assert.deepEqual(await page.evaluate(() => window.sawComposing), [true], "the browser itself was composing");
    assert.ok(await field.isVisible(), "the cursor is still on the first row");
    assert.equal(await field.inputValue(), "zhang");
    await devtools.send("Input.insertText", { text: people[0].name });
    assert.equal(await field.inputValue(), people[0].name);
    await page.getByRole("option", { name: people[0].name }).first().waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("combobox", { name: "第 2 行，姓名" }).waitFor();
  });

  step("forty people for one activity, by keyboard and by paste from Excel", async () => {
    await page.getByLabel("积分细则").focus();
    await page.keyboard.type(RULE);
    await page.getByRole("option", { name: new RegExp(RULE) }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByText(/^每次 2 分/).waitFor();
    await page.getByLabel("活动名称").fill(ACTIVITY);
    await page.setInputFiles("input[aria-label=选择佐证文件]", {
      name: "现场.png",
      mimeType: "image/png",
      buffer: await page.screenshot(),
    });
    await page.getByRole("img", { name: "佐证 1" }).waitFor();

    await page.getByRole("combobox", { name: /第 \d+ 行，姓名/ }).focus();
    await page.keyboard.press("Control+End");
    await page.keyboard.type(people[1].name);
    await page.getByRole("option", { name: people[1].name }).first().waitFor();
    await page.keyboard.press("Enter");
    const rest = people.slice(2).map((each, index) => `${index + 1}\t${each.name}\t${each.household_number}`);
    await pasteText(page, ["序号\t姓名\t户编号", ...rest].join("\r\n"));
    await page.getByText(`可记 ${PEOPLE} 人，共 ${PEOPLE * POINTS_EACH} 分`).waitFor();

    await pasteText(page, people[5].name);
    await page.getByText("1 行要处理").waitFor();
    await page.keyboard.press("F8");
    await browser.picture("06-record");
    await page.keyboard.press("Delete");
    await page.getByText("1 行要处理").waitFor({ state: "detached" });

    await goTo(page, "/");
    await goTo(page, "/points/record");
    await page.getByText(`可记 ${PEOPLE} 人`).waitFor();

    await page.keyboard.press("Control+Enter");
    await page.getByText(`已记 ${PEOPLE} 人，共 ${PEOPLE * POINTS_EACH} 分，待复核。`).waitFor();
    await browser.picture("07-recorded");
    await goTo(page, "/points/mine");
    await page.getByRole("row", { name: new RegExp(`${ACTIVITY}.*0 人.*${PEOPLE} 人`) }).waitFor();
  });

  step("whoever recorded may not review it", async () => {
    await goTo(page, "/points/review");
    const free = page.getByRole("table", { name: "要复核的人" }).locator("tbody input:not(:disabled)");
    await page.getByRole("heading", { name: "复核", level: 1 }).waitFor();
    assert.equal(await free.count(), 0);
  });

  step("the second person looks at the photograph, sends one back and approves the others", async () => {
    await signOut(page);
    await firstSignIn(page, REVIEWER);
    await goTo(page, "/points/review");
    const sheet = page.getByRole("region", { name: ACTIVITY });
    await sheet.getByRole("img", { name: "佐证 1" }).waitFor();
    await browser.picture("08-review");

    await sheet.getByRole("checkbox", { name: "全部选中" }).click();
    await sheet.getByRole("checkbox", { name: people[0].name }).check();
    await page.keyboard.press("Control+Shift+Enter");
    const box = page.getByRole("dialog");
    await page.waitForFunction(() => document.activeElement?.matches('[role="dialog"] textarea'));
    await box.getByRole("button", { name: "佐证里没有这个人，请核对名单。" }).click();
    await page.keyboard.press("Control+Enter");
    await page.getByText("已退回 1 人").waitFor();

    // who was held back is not in the next decision by itself
    await page.getByText(`选中 0 人，共 ${PEOPLE - 1} 人`).waitFor();
    await sheet.getByRole("checkbox", { name: "全部选中" }).click();
    await page.getByRole("button", { name: `通过 ${PEOPLE - 1} 人` }).waitFor();
    await page.keyboard.press("Control+Enter");
    await page.getByText(new RegExp(`已通过 ${PEOPLE - 1} 人`)).waitFor();
    await page.getByText("没有等您复核的").waitFor();
  });

  step("a resident's page says what waits and why", async () => {
    await goTo(page, `/residents/${people[1].id}`);
    const detail = page.getByRole("complementary", { name: people[1].name });
    await detail.getByRole("row", { name: /个人 (2 分 0 分|0 分 2 分) 0 分/ }).waitFor();
    await detail.getByRole("button", { name: /为什么/ }).click();
    await detail.getByText(`${ADMINISTRATOR.name}，`).waitFor();
    await detail.getByText(REVIEWER.name).waitFor();
    await detail.getByRole("button", { name: "放大佐证 1" }).waitFor();
    await browser.picture("09-resident");
  });

  step("a wrong name is corrected and found under the new one", async () => {
    const detail = page.getByRole("complementary", { name: people[1].name });
    await detail.getByRole("button", { name: "更正姓名" }).click();
    const box = page.getByRole("dialog");
    people[1].name = `${people[1].name}䶮`;
    await box.getByLabel("身份证上的姓名").fill(people[1].name);
    await box.getByRole("button", { name: "更正姓名" }).click();
    await page.getByRole("complementary", { name: people[1].name }).waitFor();
    const { hits } = await ask(page, "search", { text: people[1].name });
    assert.deepEqual(
      hits.map((hit) => hit.id),
      [people[1].id],
    );
  });

  step("the statement: the PDF itself on the screen, printed under a verification code", async () => {
    await page.getByRole("button", { name: "积分对账单" }).waitFor();
    await page.keyboard.press("Control+P");
    const paper = page.getByRole("figure", { name: /第 1 页/ });
    await paper.getByText("积分").first().waitFor({ state: "attached" });
    const ink = await paper.locator("canvas").evaluate((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let dark = 0;
      for (let at = 0; at < data.length; at += 4) if (data[at] < 128) dark += 1;
      return dark;
    });
    assert.ok(ink > 1000, "the page is not blank");
    await browser.picture("10-statement");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "存为 PDF" }).click(),
    ]);
    const pdf = await readFile(await download.path());
    assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
    assert.ok(!download.suggestedFilename().includes(people[1].name), "the file's name holds no personal data");
    await page
      .getByText(/核对码/)
      .first()
      .waitFor();
  });

  step("printing hands every page to the printer, edge to edge", async () => {
    // the printer's own dialog is the one thing a browser without a screen cannot open
    await page.evaluate(() => {
      window.print = () => {
        const pictures = [...document.querySelectorAll(".print-pages img")];
        window.printed = pictures.map((picture) => picture.naturalHeight / picture.naturalWidth);
      };
    });
    await page.keyboard.press("Control+P");
    await page.getByText(/已登记打印，核对码/).waitFor();
    const shapes = await page.evaluate(() => window.printed);
    const pages = await page.getByRole("figure").count();
    assert.equal(shapes.length, pages);
    for (const shape of shapes) assert.ok(Math.abs(shape - 297 / 210) < 0.01, `an A4 page, not ${shape}`);
    assert.equal(await page.locator(".print-pages").count(), 0, "the pictures are gone again");
  });

  step("what came back can be recorded anew with its people", async () => {
    await signOut(page);
    await signIn(page, ADMINISTRATOR);
    await goTo(page, "/points/mine");
    await page.getByRole("row", { name: new RegExp(ACTIVITY) }).click();
    await page.getByText(/佐证里没有这个人.请核对名单。/).waitFor();
    await page.getByRole("button", { name: "重新记分 1 人" }).click();
    await page.getByText("可记 1 人，共 2 分").waitFor();
    await page.getByRole("button", { name: "清空重记" }).click();
    await page.getByText("名单还空着").waitFor();
  });

  step("every page fits the office screen at 150 % type", async () => {
    await page.getByRole("button", { name: /用户菜单/ }).click();
    await page.getByRole("radio", { name: /150/ }).check({ force: true });
    await page.keyboard.press("Escape");
    const addresses = [
      "/",
      "/residents",
      `/residents/${people[1].id}`,
      `/residents/${people[1].id}/statement`,
      "/import/residents",
      "/import/rules",
      "/points/record",
      "/points/review",
      "/points/rules",
      "/points/mine",
      "/sync",
      "/system/users",
      "/system/imports",
      "/system/verify",
    ];
    const found = [];
    for (const address of addresses) {
      await goTo(page, address);
      await page.getByRole("heading").first().waitFor();
      await page.waitForLoadState("networkidle");
      found.push(...(await sidewaysScroll(page)).map((what) => `${address}: ${what}`));
      await browser.picture(`150-${address.replaceAll("/", "-").replace(people[1].id, "one")}`);
    }
    assert.deepEqual(found, []);
    assert.deepEqual(page.viewportSize(), SCREEN);
  });

  step("every act of the entry page is reached by Tab, and the focus is seen", async () => {
    await goTo(page, "/points/record");
    await page.getByRole("button", { name: /提交复核/ }).waitFor();
    await page.getByLabel("积分细则").focus();
    const names = [];
    const unseen = [];
    for (let step = 0; step < 20; step += 1) {
      const here = await focusMark(page);
      names.push(here.name);
      if (!here.seen) unseen.push(here.name);
      if (here.name.includes("提交复核")) break;
      await page.keyboard.press("Tab");
    }
    for (const wanted of ["添加佐证", "第 1 行，姓名", "第 1 行，数量", "存草稿", "提交复核"]) {
      assert.ok(
        names.some((name) => name.includes(wanted)),
        `${wanted} is reached: ${names.join(" → ")}`,
      );
    }
    assert.deepEqual(unseen, []);
  });

  step("nothing broke the policy of the window, and the console stayed silent", () => {
    assert.deepEqual(browser.mishaps, []);
  });
});
