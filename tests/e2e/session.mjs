// Signing in and out, and the first run, as a person does it.

export const ADMINISTRATOR = { signInName: "guanli", name: "管理员", password: "梅花三弄春早-2026" };
export const REVIEWER = {
  signInName: "fuhe",
  name: "复核员",
  first: "初来乍到第一天-2026",
  password: "高山流水知音-2026",
};

/** Makes the town of 九龙湖镇 from nothing. Gives the recovery key's groups. */
export async function firstRun(page) {
  await page.getByLabel("镇海区的镇街").click();
  await page.keyboard.type("九龙湖");
  await page.getByRole("option", { name: /九龙湖镇/ }).click();
  await page.getByRole("button", { name: /就是九龙湖镇/ }).click();
  await page.getByLabel("登录名").fill(ADMINISTRATOR.signInName);
  await page.getByLabel("姓名").fill(ADMINISTRATOR.name);
  await page.getByLabel("密码", { exact: true }).fill(ADMINISTRATOR.password);
  await page.getByLabel("再输一遍").fill(ADMINISTRATOR.password);
  await page.getByRole("button", { name: "建立数据文件" }).click();
  await page.getByRole("heading", { name: "把恢复密钥留在纸上" }).waitFor();
  const groups = await page.getByLabel("恢复密钥", { exact: true }).locator("span").allInnerTexts();
  await page.getByLabel("照着纸上，输入最后一组").fill(groups.at(-1));
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "以后再接入" }).click();
  await page.getByRole("heading", { name: /数据文件建好了/ }).waitFor();
  return groups;
}

/** Signs in by keyboard alone: the name has the keys already. */
export async function signIn(page, { signInName, password }) {
  await page.getByRole("heading", { name: "登录" }).waitFor();
  await page.getByLabel("登录名").fill(signInName);
  await page.keyboard.press("Tab");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: /用户菜单/ }).waitFor();
}

/** The first sign-in: the password that somebody else set is changed before anything else. */
export async function firstSignIn(page, { signInName, first, password }) {
  await page.getByRole("heading", { name: "登录" }).waitFor();
  await page.getByLabel("登录名").fill(signInName);
  await page.getByLabel("密码", { exact: true }).fill(first);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "设置您的密码" }).waitFor();
  await page.getByLabel("现在的密码").fill(first);
  await page.getByLabel("新密码").fill(password);
  await page.getByLabel("再输一遍").fill(password);
  await page.getByRole("button", { name: "设好并继续" }).click();
  await page.getByRole("button", { name: /用户菜单/ }).waitFor();
}

/** Signs out. */
export async function signOut(page) {
  await page.getByRole("button", { name: /用户菜单/ }).click();
  await page.getByRole("button", { name: "退出登录" }).click();
  await page.getByRole("heading", { name: "登录" }).waitFor();
}

/** Adds the reviewer, who must be somebody else than the recorder. */
export async function addReviewer(page) {
  await page.getByRole("button", { name: "添加用户" }).first().click();
  const panel = page.getByRole("complementary", { name: "添加用户" });
  await panel.getByLabel("登录名").fill(REVIEWER.signInName);
  await panel.getByLabel("姓名").fill(REVIEWER.name);
  for (const duty of ["复核", "经办"]) await panel.getByRole("checkbox", { name: duty }).check();
  await panel.getByLabel("初始密码").fill(REVIEWER.first);
  await panel.getByLabel("再输一遍").fill(REVIEWER.first);
  await panel.getByRole("button", { name: /添加这个用户/ }).click();
  await page.getByRole("cell", { name: REVIEWER.name }).waitFor();
}
