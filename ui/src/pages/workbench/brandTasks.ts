import { SETTING_WORDS } from "@/brands/words";
import { count } from "@/format/words";
import type { TaskList } from "./task";

/** What is due for the brand: decisions first, then what passed its day, then what is still missing. */
export const brandTasks: TaskList = ({ brand }, may) => [
  may("move_brand") &&
    brand.to_approve > 0 && {
      key: "brand-approve",
      tone: "wait",
      word: "待批准",
      text: `${count(brand.to_approve)} 个品牌等您批准`,
      note: "看过档案，批准或退回。",
      to: { name: "brands" },
    },
  may("review_handover") &&
    brand.handovers > 0 && {
      key: "brand-handovers",
      tone: "wait",
      word: "待审查",
      text: `${count(brand.handovers)} 份交区数据包等您做保密审查`,
      note: "放行了区里才看得到。",
      to: { name: "handovers" },
    },
  ...(may("brand") ? brand.milestones : []).map((milestone) => ({
    key: `milestone-${milestone.brand}-${milestone.due_on}-${milestone.title}`,
    tone: "wait" as const,
    word: milestone.overdue ? "已过日" : "将到期",
    text: `品牌里程碑：${milestone.title}`,
    note: `${milestone.due_on} ${milestone.overdue ? "该完成，还没有登记" : "到期"}。`,
    to: { name: "brand", params: { brand: milestone.brand }, query: { part: "milestones" } },
  })),
  may("assess_brand") &&
    brand.assessment_due != null && {
      key: "brand-assessment",
      tone: "wait",
      word: "待评估",
      text: `品牌的 ${brand.assessment_due} 年度评估还没有做`,
      note: "每年评估一次，决定下一年是否继续用。",
      to: { name: "brands" },
    },
  may("save_event") &&
    brand.overdue_events > 0 && {
      key: "overdue-events",
      tone: "wait",
      word: "已过日",
      text: `${count(brand.overdue_events)} 场活动过了日子，还没有登记办没办`,
      note: "登记已举办，或者取消。",
      to: { name: "events", query: { state: "planned" } },
    },
  may("save_event") &&
    brand.gaps.length > 0 && {
      key: "event-gaps",
      tone: "quiet",
      word: "有空缺",
      text: `本季度诚信五进还缺：${brand.gaps.map((gap) => SETTING_WORDS[gap]).join("、")}`,
      note: "看各季度办了几场，安排一场。",
      to: { name: "event-matrix" },
    },
];
