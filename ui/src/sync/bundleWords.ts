// A bundle in words; pure.

import type { BundlePlan, BundleTaken } from "@/backend/contract";
import { byteSize } from "@/format/bytes";
import { count } from "@/format/words";

/** For the file dialog. */
export const BUNDLE_ENDING = ".zxb";
/** The program takes no larger bundle. */
const BUNDLE_BYTES_MAX = 2 * 1024 ** 3;

/** Why this file cannot be a bundle, in words; nothing where it can. */
export function bundleRefusal(file: Pick<File, "name" | "size">): string | undefined {
  if (!file.name.toLowerCase().endsWith(BUNDLE_ENDING)) {
    return `这不是同步文件。请选“U盘同步”导出的 ${BUNDLE_ENDING} 文件。`;
  }
  if (file.size === 0) return "这个文件是空的，请在对方电脑上重新导出一份。";
  if (file.size > BUNDLE_BYTES_MAX) return "同步文件不会超过 2 GB，这个文件不对，请重新导出一份。";
  return undefined;
}

/** What goes in, one line each; a kind of which there is none is left out. */
export function planLines(plan: BundlePlan): [label: string, text: string][] {
  const lines: [string, string][] = [
    ["待发送", `${count(plan.pending_ops)} 条，等区平台收下`],
    [
      "已收下的",
      `${count(plan.confirmed_ops)} 条，${plan.since == null ? "从头开始" : `${plan.since} 以后`}，带给缺的电脑`,
    ],
  ];
  if (plan.keys > 0) lines.push(["密钥", `${count(plan.keys)} 把，只有收件的电脑打得开`]);
  if (plan.files > 0) lines.push(["照片文件", `${count(plan.files)} 个，共 ${byteSize(plan.files_bytes)}`]);
  lines.push(["大小", `约 ${byteSize(plan.estimate_bytes)}`]);
  return lines;
}

/** What an import brought, one sentence. */
export function takenWords(taken: BundleTaken): string {
  const news = [taken.new_ops, taken.confirmations, taken.refusals, taken.files];
  if (news.every((number) => number === 0)) {
    if (taken.rest.length > 0) return "没有能马上读入的记录，原因见下。";
    return taken.known_ops > 0
      ? `没有新的记录：${count(taken.known_ops)} 条本机都已有。`
      : "里面没有本机缺的内容，什么也没有变。";
  }
  if (taken.known_ops > 0 && taken.new_ops + taken.confirmations + taken.refusals === 0) {
    return `没有新的记录，${count(taken.known_ops)} 条本机都已有；新收到照片文件 ${count(taken.files)} 个。`;
  }
  const parts: string[] = [];
  if (taken.new_ops > 0) parts.push(`${count(taken.new_ops)} 条是新的`);
  if (taken.known_ops > 0) parts.push(`${count(taken.known_ops)} 条本机已有`);
  if (taken.confirmations > 0) parts.push(`本机的 ${count(taken.confirmations)} 条得到确认`);
  if (taken.refusals > 0) parts.push(`本机的 ${count(taken.refusals)} 条被退回`);
  if (taken.files > 0) parts.push(`新收到照片文件 ${count(taken.files)} 个`);
  return `${parts.join("，")}。`;
}
