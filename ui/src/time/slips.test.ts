import { describe, expect, it } from "vitest";
import type { OrderLine, ResidentLine, ServiceTypeLine } from "@/backend/contract";
import { chosenPerson, typedPerson } from "@/residents/personCell";
import { laySlips, readSlips, type SlipColumn, type SlipWriter } from "./slipPaste";
import {
  emptySlip,
  isNumber,
  isOrdersVolunteer,
  numbered,
  readSignatures,
  served,
  signatures,
  slipRow,
  slipVerdicts,
  SLIPS_MAX,
  timeOf,
  typeFor,
  withOrder,
  withSignatures,
  type SlipEntry,
} from "./slips";

const TODAY = "2026-11-22";

const ORDER: OrderLine = {
  order: "o1",
  number: "K3QX-7M2P",
  day: "2026-11-20",
  start: "09:00",
  planned_min: 120,
  service: "F01 陪同就医",
  beneficiary: "r1",
  beneficiary_name: "甲",
  village_name: "思源社区",
  volunteer: "r2",
  volunteer_name: "乙",
  payer: "own",
  state: "taken",
  volunteer_confirmed: false,
  beneficiary_confirmed: false,
  refused: false,
  awaiting: false,
};

function person(id: string): ResidentLine {
  return {
    id,
    name: id,
    sex: "女",
    age: 40,
    id_masked: "",
    phone_masked: "",
    village: "330211101001",
    village_name: "思源社区",
    household_number: "1",
    relation: "户主",
    address_masked: "",
    grid: "",
    consent: true,
  };
}

function timed(slip: SlipEntry): SlipEntry {
  return { ...slip, signedIn: "09:05", signedOut: "11:10" };
}

function unordered(day = "2026-11-20"): SlipEntry {
  return timed({
    ...emptySlip(),
    beneficiary: chosenPerson({ line: person("丙") }),
    volunteer: chosenPerson({ line: person("丁") }),
    serviceText: "F01 陪同就医",
    serviceType: "t1",
    day,
  });
}

const words = (...slips: SlipEntry[]) => slipVerdicts(slips, TODAY).map((each) => each.words);

describe("a slip with a number", () => {
  it("takes its volunteer from the order, and the order's own need not be sent", () => {
    const slip = timed(withOrder(numbered(emptySlip(), "k3qx7m2p"), ORDER, null));
    expect(slip.number).toBe("K3QX-7M2P");
    expect(isOrdersVolunteer(slip)).toBe(true);
    expect(words(slip)).toEqual(["可以录入"]);
    expect(slipRow(slip)).toEqual({
      order: "o1",
      volunteer: null,
      signed_in: "09:05",
      signed_out: "11:10",
      volunteer_signed: true,
      beneficiary_signed: true,
    });
  });
  it("sends somebody else who served", () => {
    const slip = withOrder({ ...emptySlip(), volunteer: chosenPerson({ line: person("戊") }) }, ORDER, null);
    expect(slipRow(timed(slip)).volunteer).toBe("戊");
  });
  it("forgets what the former number filled in", () => {
    const slip = numbered(timed(withOrder(emptySlip(), ORDER, null)), "ABCDEFGH");
    expect(slip).toMatchObject({ order: null, looking: true, signedIn: "", volunteer: { text: "" } });
  });
  it("counts once", () => {
    const slip = timed(withOrder(emptySlip(), ORDER, null));
    expect(words(slip, { ...slip, key: -1 })[1]).toBe("与第 1 行是同一张单");
  });
  it("says why it cannot be entered", () => {
    expect(words(timed(withOrder(emptySlip(), ORDER, "这张单已入账")))).toEqual(["这张单已入账"]);
  });
});

describe("a slip without a number", () => {
  it("names person, type, day and payer itself", () => {
    expect(words(unordered())).toEqual(["可以录入"]);
    expect(slipRow(unordered())).toMatchObject({
      beneficiary: "丙",
      service_type: "t1",
      day: "2026-11-20",
      payer: "own",
      volunteer: "丁",
    });
  });
  it("says what it lacks, one after the other", () => {
    const full = unordered();
    expect(words({ ...full, serviceType: null, serviceText: "洗车" })).toEqual(["没有这个服务项目"]);
    expect(words({ ...full, day: "" })).toEqual(["请填哪一天"]);
    expect(words({ ...full, day: "2026-11-23" })).toEqual(["日期还没有到"]);
    expect(words({ ...full, volunteer: typedPerson("") })).toEqual(["请填志愿者"]);
    expect(words({ ...full, signedOut: "" })).toEqual(["请填签退"]);
    expect(words({ ...full, signedOut: "九点" })).toEqual(["签退时间看不懂"]);
    expect(words({ ...full, signedOut: "09:05" })).toEqual(["签退要晚于签到"]);
    expect(words({ ...full, signedIn: "06:00", signedOut: "18:01" })).toEqual(["超过 12 小时，请核对"]);
  });
  it("takes over day, type and payer from the slip above, but not from an order's", () => {
    const above: SlipEntry = { ...unordered(), payer: "reserve" };
    const cell = typedPerson("丙");
    expect(served(emptySlip(), cell, above)).toMatchObject({
      day: "2026-11-20",
      serviceType: "t1",
      payer: "reserve",
    });
    expect(served({ ...emptySlip(), day: "2026-11-01" }, cell, above)).toMatchObject({
      day: "2026-11-01",
      payer: "own",
    });
    expect(served(emptySlip(), cell, withOrder(emptySlip(), ORDER, null)).day).toBe("");
  });
});

describe("signatures", () => {
  it("are both there unless somebody says otherwise, and one missing is no fault", () => {
    expect(signatures(emptySlip())).toBe("双方");
    const half = withSignatures(unordered(), "志愿者");
    expect(half).toMatchObject({ volunteerSigned: true, beneficiarySigned: false });
    expect(words(half)).toEqual(["缺签字，录入后待确认"]);
    expect(signatures(withSignatures(half, "无"))).toBe("无");
  });
  it("can be typed", () => {
    expect(readSignatures("都签")).toBe("双方");
    expect(readSignatures("服务对象")).toBe("对象");
    expect(readSignatures("也许")).toBeNull();
  });
});

describe("numbers and types", () => {
  it.each([
    ["K3QX-7M2P", true],
    ["k3qx7m2p", true],
    ["K3QX 7M2P", true],
    ["O123456I", true],
    ["K3QX-7M2", false],
    ["K3QX-7M2U", false],
    ["张三", false],
  ])("%j is a number: %s", (text, wanted) => expect(isNumber(text)).toBe(wanted));

  it("keeps what is no time as it was typed", () => {
    expect(timeOf("905")).toBe("09:05");
    expect(timeOf("上午")).toBe("上午");
  });
  it("knows a type by its code, or by a name only one has", () => {
    const type = (code: string, name: string): ServiceTypeLine => ({
      service_type: code,
      version: 1,
      code,
      name,
      coefficient_percent: 100,
      in_force_from: "2026-01-01",
      in_force: true,
    });
    const types = [type("F01", "陪同就医"), type("F02", "陪同散步")];
    expect(typeFor("f02", types)?.code).toBe("F02");
    expect(typeFor("就医", types)?.code).toBe("F01");
    expect(typeFor("陪同", types)).toBeUndefined();
    expect(typeFor("", types)).toBeUndefined();
  });
});

describe("pasted slips", () => {
  const ORDER_OF_COLUMNS: SlipColumn[] = [
    "number",
    "beneficiary",
    "service",
    "day",
    "payer",
    "volunteer",
    "signedIn",
    "signedOut",
    "signed",
  ];
  const read = (text: string, from: SlipColumn = "number") => readSlips(text, ORDER_OF_COLUMNS, from);
  const write: SlipWriter = (slip, column, text) =>
    column === "number" ? numbered(slip, text) : { ...slip, [column]: timeOf(text) };

  it("go by their titles, whatever the order", () => {
    expect(read("志愿者\t单号\t备注\t签退时间\n乙\tK3QX-7M2P\t好\t1110")).toEqual({
      columns: ["volunteer", "number", undefined, "signedOut"],
      rows: [["乙", "K3QX-7M2P", "好", "1110"]],
    });
  });
  it("are known by numbers and times without titles", () => {
    expect(read("K3QX-7M2P\t905\t1110\nABCD-EFGH\t9:30\t10:00").columns).toEqual([
      "number",
      "signedIn",
      "signedOut",
    ]);
    expect(read("K3QX-7M2P\t乙\t905\t1110").columns).toEqual([
      "number",
      "volunteer",
      "signedIn",
      "signedOut",
    ]);
  });
  it("are laid from the cursor to the right where nothing tells", () => {
    expect(read("905\t1110\n930\t1000", "signedIn").columns).toEqual(["signedIn", "signedOut"]);
    expect(read("甲\tF01", "beneficiary").columns).toEqual(["beneficiary", "service"]);
  });
  it("fill rows from the cursor on and add what is missing, up to the limit", () => {
    const block = read("905\t1110\n930\t1000", "signedIn");
    const { slips, laid } = laySlips([numbered(emptySlip(), "ABCDEFGH"), emptySlip()], block, 0, write);
    expect(laid).toBe(2);
    expect(slips.map((slip) => [slip.number, slip.signedIn])).toEqual([
      ["ABCDEFGH", "09:05"],
      ["", "09:30"],
      ["", ""],
    ]);
    const many = read(Array.from({ length: SLIPS_MAX + 3 }, () => "K3QX7M2P").join("\n"));
    expect(laySlips([emptySlip()], many, 0, write).laid).toBe(SLIPS_MAX);
  });
});
