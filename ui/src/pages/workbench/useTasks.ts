import { computed, type ComputedRef } from "vue";
import { count } from "@/format/words";
import type { CommandName } from "@/router/sections";
import { useSession } from "@/stores/session";
import { useWaiting } from "@/stores/waiting";
import { brandTasks } from "./brandTasks";
import { issueTasks, refusalTasks } from "./issueTasks";
import { privacyTasks } from "./privacyTasks";
import type { Task } from "./task";
import { timeTasks } from "./timeTasks";

/** What a person with these duties may begin when nothing waits. */
const STARTS: readonly { route: string; word: string; needs: CommandName }[] = [
  { route: "record-points", word: "去记分", needs: "record_points" },
  { route: "residents", word: "查居民", needs: "residents" },
  { route: "needs", word: "登记需求", needs: "post_need" },
  { route: "security", word: "看安全总览", needs: "security_overview" },
];

/** What waits for the person at the keyboard: refusals first, then what others wait for, then preparation. */
export function useTasks(): { tasks: ComputedRef<Task[]>; starts: ComputedRef<typeof STARTS> } {
  const session = useSession();
  const waiting = useWaiting();

  const tasks = computed<Task[]>(() => {
    const bench = waiting.workbench;
    if (!bench) return [];
    const found: (Task | false)[] = [
      ...refusalTasks(bench),
      bench.sent_back_to_me > 0 && {
        key: "sent-back",
        tone: "fault",
        word: "被退回",
        text: `您记的 ${count(bench.sent_back_to_me)} 条被复核退回`,
        note: "看退回原因，可以带着原内容重新记分。",
        to: { name: "my-records", query: { which: "back" } },
      },
      ...issueTasks(bench),
      ...privacyTasks(bench),
      bench.awaiting_review > 0 && {
        key: "review",
        tone: "wait",
        word: "待复核",
        text: `${count(bench.awaiting_review)} 条等您复核`,
        note: "对照佐证逐场核对，通过或退回。",
        to: { name: "review" },
      },
      ...timeTasks(bench, session.may),
      ...brandTasks(bench, session.may),
      ...preparation(bench),
    ];
    return found.filter((task): task is Task => task !== false);
  });

  function preparation(bench: NonNullable<typeof waiting.workbench>): (Task | false)[] {
    const imports = session.may("start_import");
    return [
      session.state?.recovery_unconfirmed === true &&
        session.may("confirm_recovery_key") && {
          key: "recovery",
          tone: "wait",
          word: "未确认",
          text: "恢复密钥还没有确认抄下",
          note: "忘记密码时只有它能打开数据文件。",
          to: { name: "first-run" },
        },
      bench.residents === 0 &&
        imports && {
          key: "roster",
          tone: "wait",
          word: "未开始",
          text: "还没有居民，先导入名册",
          note: "Excel 或 CSV 都行，先核对再写入。",
          to: { name: "import-residents" },
        },
      bench.rules_in_force === 0 &&
        imports && {
          key: "rules",
          tone: "wait",
          word: "未开始",
          text: "还没有生效的积分细则，先导入细则",
          note: "没有细则不能记分。",
          to: { name: "import-rules" },
        },
      bench.without_consent > 0 &&
        session.may("give_consent") && {
          key: "consent",
          tone: "wait",
          word: "待登记",
          text: `${count(bench.without_consent)} 位居民没有有效的同意`,
          note: "没有本人（未满 14 岁为监护人）同意，不能记分（个人信息保护法第十三、三十一条）。",
          to: { name: "residents", query: { consent: "none" } },
        },
      bench.holidays_end != null && {
        key: "holidays",
        tone: "wait",
        word: "将到期",
        text: `工作日表只到 ${bench.holidays_end}`,
        note: "之后的期限按周一至周五暂算，会标明“暂定”。请向区平台要下一年的工作日表。",
      },
    ];
  }

  const starts = computed(() => STARTS.filter((start) => session.may(start.needs)));
  return { tasks, starts };
}
