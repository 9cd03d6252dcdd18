import postcss from "postcss";
import { describe, expect, it } from "vitest";
import { remFromPx } from "./remFromPx";

async function turned(css: string, from: string): Promise<string> {
  return (await postcss([remFromPx("element-plus")]).process(css, { from })).css;
}

describe("remFromPx", () => {
  const theirs = "/x/node_modules/element-plus/theme-chalk/el-button.css";

  it("turns sizes of the named package into rem", async () => {
    expect(await turned("a{padding:8px 16px}", theirs)).toBe("a{padding:0.5rem 1rem}");
    expect(await turned("a{margin:-8px calc(100% - 24px)}", theirs)).toBe(
      "a{margin:-0.5rem calc(100% - 1.5rem)}",
    );
  });

  it("leaves hairlines and words alone", async () => {
    const css = "a{border:1px solid;background:url(img12px.png);--n:12pxx;width:-1px;animation:x-12px}";
    expect(await turned(css, theirs)).toBe(css);
  });

  it("leaves other sheets alone", async () => {
    expect(await turned("a{padding:8px}", "/x/src/styles/base.css")).toBe("a{padding:8px}");
  });
});
