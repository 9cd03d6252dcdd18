import { count } from "@/format/words";
import type { TaskList } from "./task";

function overdue(needs: number): string {
  return needs > 0 ? `，其中 ${count(needs)} 条过了日子` : "";
}

/** What waits in the time bank: what passed its day first, then what others wait for. */
export const timeTasks: TaskList = ({ time }, may) => [
  may("post_order") &&
    time.open_needs > 0 && {
      key: "open-needs",
      tone: "wait",
      word: time.overdue_needs > 0 ? "已过日" : "待派单",
      text: `${count(time.open_needs)} 条需求等着派单${overdue(time.overdue_needs)}`,
      note: "选志愿者派单，打印服务单；不需要了的关闭并说明。",
      to: { name: "needs", query: { state: "open" } },
    },
  may("move_order") &&
    time.overdue_orders > 0 && {
      key: "overdue-orders",
      tone: "wait",
      word: "已过日",
      text: `${count(time.overdue_orders)} 张服务单过了日子还没有回单`,
      note: "回单交回来的去录入；没有服务的取消。",
      to: { name: "orders", query: { state: "overdue" } },
    },
  may("move_order") &&
    time.to_confirm > 0 && {
      key: "to-confirm",
      tone: "wait",
      word: "待确认",
      text: `${count(time.to_confirm)} 张服务单等双方确认`,
      note: "没有回音不算确认，请当面或打电话问。",
      to: { name: "orders", query: { state: "signed_out" } },
    },
  may("move_order") &&
    time.disputed > 0 && {
      key: "disputed",
      tone: "wait",
      word: "有争议",
      text: `${count(time.disputed)} 张服务单有争议`,
      note: "处理完毕前不能入账。",
      to: { name: "orders", query: { state: "disputed" } },
    },
  may("credit_orders") &&
    time.to_credit > 0 && {
      key: "to-credit",
      tone: "wait",
      word: "待入账",
      text: `${count(time.to_credit)} 张服务单等您入账`,
      note: "双方都已确认，核对后记入志愿者的账户。",
      to: { name: "credit" },
    },
];
