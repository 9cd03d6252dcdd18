// A credit brand as the people of the demonstration town make it: from the proposal to the package for the district.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, describe } from "node:test";
import { act, ask, choose, goTo, openBrowser, pasteText, sidewaysScroll } from "./browser.mjs";
import { startDemonstration } from "./devhost.mjs";
import { LOCATION_MARK, savedPdf, unzipped, withLocation } from "./papers.mjs";
import { signIn, signOut } from "./session.mjs";
import { stepsOf } from "./steps.mjs";

const PASSWORD = "jiulonghu-2026";
/** Keeps the brand, and may review: but not what she proposed herself. */
const CLERK = { signInName: "wang", password: PASSWORD };
const REVIEWER = { signInName: "li", password: PASSWORD };
const BRAND = "信用骆驼";
const SLOGAN = "一步一个脚印，一诺一个回音";
const MILESTONE = "首批商户授牌";
const INDICATOR = "投诉办结率";
const EVENT = "诚信承诺签约日";
const GUEST = "来访记者";
const PEOPLE = 12;
const RULE = "A01";
const TELEPHONE = "13800138000";
const CLEAN_STORY = "商会的商户带头承诺：明码标价，十天无理由退货。";

describe("a credit brand", { concurrency: 1 }, () => {
  let host;
  let browser;
  let page;
  let brand;
  let event;
  let people;
  /** The brand that is active when the story begins. */
  let former;

  const step = stepsOf(() => browser.picture("failed-brand"));
  before(async () => {
    host = await startDemonstration();
    browser = await openBrowser(host.entrance);
    page = browser.page;
  });
  after(async () => {
    await browser?.close();
    await host?.stop();
  });

  const type = (text) => page.keyboard.type(text);
  const said = (words) => page.getByText(words).first().waitFor();
  async function keys(...names) {
    for (const name of names) await page.keyboard.press(name);
  }
  /** The form by this title, once it has the keys. */
  async function form(title) {
    const box = page.getByRole("dialog", { name: title });
    await box.waitFor();
    await page.waitForFunction(() => document.activeElement?.matches('[role="dialog"] :is(input, textarea)'));
    return box;
  }
  async function submitted(box) {
    await keys("Control+Enter");
    await box.waitFor({ state: "hidden" });
  }
  /** Answers the question that lies over the page. */
  async function answer(verb) {
    await page.getByRole("button", { name: verb, exact: true }).focus();
    await keys("Enter");
  }
  async function exchange(person) {
    await signOut(page);
    await signIn(page, person);
  }
  async function openPart(part) {
    await goTo(page, `/brands/${brand}?part=${part}`);
    await page.getByRole("heading", { name: BRAND, level: 1 }).waitFor();
  }

  step("a brand without a name is refused, then it is proposed", async () => {
    await signIn(page, CLERK);
    people = await participants(page);
    [former] = (await ask(page, "brands")).brands.filter((each) => each.state === "active");
    await goTo(page, "/brands");
    await page.getByRole("heading", { name: "品牌", level: 1 }).waitFor();
    await keys("Control+N");
    const box = await form("申报品牌");
    await keys("Control+Enter");
    await box.getByText("品牌名称写 2 到 30 个字").waitFor();
    for (const text of [BRAND, SLOGAN, "诚信经营", "商会", `带头承诺的商户电话 ${TELEPHONE}。`]) {
      await type(text);
      await keys("Tab");
    }
    await type("两年内诚信商户 80 家");
    const mark = await page.screenshot({ clip: { x: 0, y: 0, width: 200, height: 200 } });
    await page.setInputFiles("input[aria-label=选择标识图文件]", {
      name: "标识.png",
      mimeType: "image/png",
      buffer: mark,
    });
    await box.getByRole("img", { name: "标识图 1" }).waitFor();
    await submitted(box);
    await page.getByRole("heading", { name: BRAND, level: 1 }).waitFor();
    await page.getByText("请留意：", { exact: false }).waitFor();
    const { brands } = await ask(page, "brands");
    brand = brands.find((each) => each.name === BRAND).brand;
    await browser.picture("b01-proposed");
  });

  step("whoever proposed it may not approve it, on the screen or past it", async () => {
    await said("须回避：这个品牌是您申报的，请由另一位复核人员批准或退回。");
    assert.equal(await page.getByRole("button", { name: /^批准/ }).count(), 0);
    const past = await act(page, "move_brand", { request_id: randomUUID(), brand, step: "approve" });
    assert.match(JSON.stringify(past), /请由另一位复核人员批准或退回/);
    assert.equal((await ask(page, "brand", { brand })).line.state, "proposed");
  });

  step("a milestone, an indicator and its plot", async () => {
    const due = dayFromToday(60);
    await openPart("milestones");
    await keys("Control+N");
    let box = await form("添加里程碑");
    await type(MILESTONE);
    await keys("Tab");
    await type(due);
    await submitted(box);
    await page.getByRole("row", { name: new RegExp(`${MILESTONE}.*${due}.*计划中`) }).waitFor();

    await openPart("indicators");
    await keys("Control+N");
    box = await form("添加指标");
    for (const text of [INDICATOR, "%", "80"]) {
      await type(text);
      await keys("Tab");
    }
    await type("98");
    await submitted(box);
    for (const [day, value] of [
      [dayFromToday(-120), "85"],
      [dayFromToday(-30), "92.5"],
    ]) {
      await keys("Control+Enter");
      box = await form(`记录读数：${INDICATOR}`);
      await type(value);
      await keys("Tab", "Control+A");
      await type(day);
      await submitted(box);
    }
    await page.getByRole("img", { name: /离目标还有多远？最新 92.5%，目标 98%，还差 5.5 个百分点/ }).waitFor();
    await page.locator("figure svg path").first().waitFor({ state: "attached" });
    await browser.picture("b02-plot");
  });

  step("the second person approves it, and it takes the place of the former one", async () => {
    await exchange(REVIEWER);
    await openPart("facts");
    await keys("Control+Enter");
    await said("已批准，未启用");
    await keys("Control+Enter");
    await page.getByText(`启用“${BRAND}”，换下“${former.name}”`).waitFor();
    await answer("启用并换下");
    await said(`“${BRAND}”已启用，“${former.name}”已退役。`);
    const active = (await ask(page, "brands")).brands.filter((each) => each.state === "active");
    assert.deepEqual(
      active.map((each) => each.name),
      [BRAND],
    );
    await goTo(page, "/brands");
    await page
      .getByRole("region", { name: `启用中的品牌：${BRAND}` })
      .getByText(MILESTONE)
      .waitFor();
    await browser.picture("b03-active");
  });

  step("the milestone is done, and said to be", async () => {
    await exchange(CLERK);
    await openPart("milestones");
    await page
      .getByRole("row", { name: new RegExp(MILESTONE) })
      .getByRole("button", { name: "标为完成" })
      .focus();
    await keys("Enter");
    await page.getByRole("row", { name: new RegExp(`${MILESTONE}.*已完成`) }).waitFor();
    await page.getByText("1/1", { exact: true }).waitFor();
  });

  step("an activity is planned, and gets a photograph without the place where it was taken", async () => {
    await goTo(page, "/brands/events");
    await page.getByRole("grid", { name: "活动" }).waitFor();
    await keys("Control+N");
    let box = await form("新增活动");
    await type(EVENT);
    await choose(page, box.getByRole("combobox", { name: /诚信五进/ }), "进企业");
    await choose(page, box.getByRole("combobox", { name: /^品牌/ }), BRAND);
    await box.getByLabel(/费用/).focus();
    await type("860.5");
    await submitted(box);
    await page.getByRole("heading", { name: EVENT, level: 1 }).waitFor();
    await said("860.50 元");
    event = page.url().split("/").at(-1);

    await keys("Control+Shift+P");
    box = await form("添加照片");
    await type("签约现场");
    const photo = withLocation(await page.screenshot({ type: "jpeg" }));
    assert.ok(photo.includes(LOCATION_MARK), "the photograph says where it was taken");
    await page.setInputFiles("input[aria-label=选择照片文件]", {
      name: "IMG_1.jpg",
      mimeType: "image/jpeg",
      buffer: photo,
    });
    await box.getByRole("img", { name: "照片 1" }).waitFor();
    await submitted(box);
    await page.getByRole("img", { name: "签约现场" }).waitFor();
    const [kept] = (await ask(page, "event", { event })).photos;
    const stored = Buffer.from((await ask(page, "evidence", { evidence: kept.file })).content, "base64");
    assert.deepEqual([...stored.subarray(0, 2)], [0xff, 0xd8], "it is a JPEG");
    assert.ok(!stored.includes(LOCATION_MARK) && !stored.includes("Exif"), "what is kept no longer says it");
  });

  step("the sign-in list: typed, pasted, and a guest", async () => {
    await keys("Control+N");
    await page.getByRole("combobox", { name: "第 1 行，姓名、拼音或户号" }).waitFor();
    await type(people[0].name);
    await page.getByRole("option", { name: people[0].name }).waitFor();
    await keys("Enter");
    const rest = people.slice(1).map((each, index) => `${index + 1}\t${each.name}\t${each.household_number}`);
    await pasteText(page, ["序号\t姓名\t户编号", ...rest, `99\t${GUEST}\t`].join("\r\n"));
    await said(`可签到 ${PEOPLE} 人`);
    await keys("Control+Enter");
    await said("还有 1 行要处理");
    await browser.picture("b04-sign");
    await keys("F9");
    await said(`可签到 ${PEOPLE + 1} 人，其中来宾 1 人`);
    await keys("Control+Enter");
    await page.getByRole("heading", { name: `签到 ${PEOPLE + 1} 人` }).waitFor();
  });

  step("it was held; attendance fills the entry page and grants nothing", async () => {
    await keys("Control+Enter");
    await submitted(await form("登记已举办"));
    await page.getByRole("button", { name: `据签到记分 ${PEOPLE} 人` }).waitFor();
    await browser.picture("b05-event");
    await keys("Control+Enter");
    await page.getByRole("heading", { name: "记分", level: 1 }).waitFor();
    await said(`名单 ${PEOPLE} 人`);
    assert.equal(await page.getByLabel("活动名称").inputValue(), EVENT);
    await page.getByRole("img", { name: "佐证 1" }).waitFor();
    await page.getByLabel("积分细则").focus();
    await type(RULE);
    await page.getByRole("option", { name: new RegExp(RULE) }).waitFor();
    await keys("Enter");
    await said(new RegExp(`可记 ${PEOPLE} 人`));
    await keys("Control+Enter");
    await said(new RegExp(`已记 ${PEOPLE} 人，共 \\d+ 分，待复核。`));
    const { attendees, awarded } = await ask(page, "event", { event });
    assert.equal(attendees.length, PEOPLE + 1);
    assert.equal(awarded.length, PEOPLE, "who waits for review is not recorded twice");
  });

  step("a telephone number is hung up nowhere; the dossier has contents and pictures", async () => {
    await openPart("facts");
    await keys("Control+P");
    await said("没有生成");

    await goTo(page, `/brands/${brand}/dossier`);
    await page.getByRole("figure", { name: /^第 2 页/ }).waitFor();
    await browser.picture("b07-dossier");
    const all = wordsOf(await savedPdf(page));
    for (const words of ["目录", EVENT, "签约现场", MILESTONE]) assert.ok(all.includes(words), words);
    for (const each of people) assert.ok(!all.includes(each.household_number), "no household is named in it");
  });

  step("a text with a telephone number is never released", async () => {
    await openPart("handovers");
    await keys("Control+N");
    const box = await form("提请交区");
    await type("区一镇街一品牌展示");
    await submitted(box);
    await exchange(REVIEWER);
    const [{ handover }] = (await ask(page, "handovers")).rows.filter((row) => row.brand === brand);
    await goTo(page, `/brands/handovers/${handover}`);
    const sheet = page.getByRole("complementary", { name: BRAND });
    await sheet.getByText("有 1 处不能交出去").waitFor();
    assert.ok(await sheet.getByRole("button", { name: /放行/ }).isDisabled());
    const { digest } = await ask(page, "handover_preview", { handover });
    const past = await act(page, "review_handover", { request_id: randomUUID(), handover, release: true, digest });
    assert.match(JSON.stringify(past), /没有放行/);
    await browser.picture("b08-findings");
    await keys("Control+Shift+Enter");
    const back = await form("退回数据包并说明");
    await type("故事里有电话，请删去后重新提请。");
    await submitted(back);
    await sheet.getByText("退回原因：故事里有电话，请删去后重新提请。").waitFor();
  });

  step("mended, asked for anew, released by the second person, and saved as a package", async () => {
    await exchange(CLERK);
    await openPart("facts");
    await keys("F2");
    let box = await form("改基本情况");
    await box.getByLabel(/品牌故事/).focus();
    await keys("Control+A");
    await type(CLEAN_STORY);
    await submitted(box);
    await said(CLEAN_STORY);
    await openPart("handovers");
    await keys("Control+N");
    box = await form("提请交区");
    await type("区一镇街一品牌展示");
    await submitted(box);

    const waiting = (row) => row.brand === brand && row.state === "requested";
    const [{ handover }] = (await ask(page, "handovers")).rows.filter(waiting);
    await goTo(page, `/brands/handovers/${handover}`);
    await said("须回避：这份数据包是您提请的");
    await exchange(REVIEWER);
    await goTo(page, `/brands/handovers/${handover}`);
    const sheet = page.getByRole("complementary", { name: BRAND });
    await sheet.getByText(CLEAN_STORY).waitFor();
    await keys("Control+Enter");
    await page.getByText(`放行“${BRAND}”的数据包`).waitFor();
    await page.locator(".el-message-box").getByRole("button", { name: "放行", exact: true }).focus();
    await keys("Enter");
    await sheet.getByText("已放行").waitFor();
    await sheet.getByRole("button", { name: "存数据包" }).focus();
    const [download] = await Promise.all([page.waitForEvent("download"), keys("Enter")]);
    await browser.picture("b09-released");
    const archive = await readFile(await download.path());
    const files = unzipped(archive);
    assert.deepEqual([...files.keys()], ["品牌档案.pdf", "brand.json", "manifest.json"]);
    assert.equal(files.get("品牌档案.pdf").subarray(0, 5).toString(), "%PDF-");
    const data = files.get("brand.json").toString();
    assert.ok(data.includes(CLEAN_STORY), "the words that were reviewed");
    for (const each of people) assert.ok(!data.includes(each.name), "and nobody's name");
    assert.equal((await ask(page, "handover_preview", { handover })).line.state, "released");
  });

  step("the card is one A4 page", async () => {
    await openPart("facts");
    await keys("Control+P");
    await page
      .getByRole("figure", { name: "第 1 页，共 1 页" })
      .getByText(MILESTONE)
      .first()
      .waitFor({ state: "attached" });
    await browser.picture("b06-card");
    const card = await savedPdf(page);
    assert.equal(card.pages.length, 1);
    const [{ width, height }] = card.pages;
    const text = wordsOf(card);
    for (const words of [BRAND, SLOGAN, MILESTONE, INDICATOR]) assert.ok(text.includes(words), `${words}: ${text}`);
    assert.ok(Math.abs(width - 595) < 1 && Math.abs(height - 842) < 1, `A4 upright, not ${width} × ${height} pt`);
  });

  step("every page of the brands fits the office screen at 150 % type", async () => {
    await exchange(CLERK);
    await page.getByRole("button", { name: /用户菜单/ }).click();
    await page.getByRole("radio", { name: /150/ }).check({ force: true });
    await keys("Escape");
    const [{ handover }] = (await ask(page, "handovers")).rows;
    const parts = ["facts", "milestones", "indicators", "partners", "files", "assessments", "handovers", "steps"];
    const addresses = {
      brands: "/brands",
      ...Object.fromEntries(parts.map((part) => [part, `/brands/${brand}?part=${part}`])),
      former: `/brands/${former.brand}?part=indicators`,
      card: `/brands/${brand}/card`,
      dossier: `/brands/${brand}/dossier`,
      events: "/brands/events",
      event: `/brands/events/${event}`,
      sign: `/brands/events/${event}/sign`,
      matrix: "/brands/matrix",
      handovers: "/brands/handovers",
      handover: `/brands/handovers/${handover}`,
    };
    const found = [];
    for (const [name, address] of Object.entries(addresses)) {
      await goTo(page, address);
      await page.getByRole("heading").first().waitFor();
      await page.waitForLoadState("networkidle");
      found.push(...(await sidewaysScroll(page)).map((what) => `${address}: ${what}`));
      await browser.picture(`b150-${name}`);
    }
    assert.deepEqual(found, []);
  });

  step("nothing broke the policy of the window, and the console stayed silent", () => {
    assert.deepEqual(browser.mishaps, []);
  });
});

/** Everything a paper says; wide setting puts spaces between the letters of a title. */
function wordsOf({ pages }) {
  return pages.map((each) => each.text.replaceAll(/\s/g, "")).join("");
}

/** `YYYY-MM-DD` at the office, UTC+8. */
function dayFromToday(days) {
  return new Date(Date.now() + 8 * 3_600_000 + days * 86_400_000).toISOString().slice(0, 10);
}

/** Adults with consent, each with a name that only one person of the town has. */
async function participants(page) {
  const residents = [];
  for (let offset = 0; ; offset += 500) {
    const { rows } = await ask(page, "residents", { offset, limit: 500 });
    residents.push(...rows);
    if (rows.length < 500) break;
  }
  const times = new Map();
  for (const each of residents) times.set(each.name, (times.get(each.name) ?? 0) + 1);
  return residents.filter((each) => each.consent && each.age >= 18 && times.get(each.name) === 1).slice(0, PEOPLE);
}
