import type { Workbench } from "@/backend/contract";
import { count } from "@/format/words";
import type { Task } from "./task";

/** What people asked about their data, for those who decide about it. */
export function privacyTasks({ privacy }: Pick<Workbench, "privacy">): Task[] {
  const tasks: Task[] = [];
  if (privacy.withdrawn_due > 0) {
    tasks.push({
      key: "withdrawn",
      tone: "fault",
      word: "已到期",
      text: `${count(privacy.withdrawn_due)} 位居民撤回同意已满期限`,
      note: "请提出删除申请；法律要求继续保存的，改为限制处理。",
      to: { name: "privacy", query: { part: "withdrawn" } },
    });
  }
  if (privacy.erasures_asked > 0) {
    tasks.push({
      key: "erasures",
      tone: "wait",
      word: "待复核",
      text: `${count(privacy.erasures_asked)} 份删除个人信息的申请等您复核`,
      note: "看清会删除什么，再确认；确认后不能恢复。",
      to: { name: "privacy" },
    });
  }
  if (privacy.left > 0) {
    tasks.push({
      key: "left-after-erasure",
      tone: "wait",
      word: "要补办",
      text: `${count(privacy.left)} 位已删除的居民又送来了内容`,
      note: "另一台电脑当时还不知道已经删除，请一并删除。",
      to: { name: "privacy" },
    });
  }
  return tasks;
}
