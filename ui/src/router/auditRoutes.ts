// What was done and who looked: the auditor's pages.

import type { RouteRecordRaw } from "vue-router";

export const AUDIT_ROUTES: readonly RouteRecordRaw[] = [
  {
    path: "/system/audit",
    name: "audit",
    component: () => import("@/pages/audit/Audit.vue"),
    meta: {
      title: "审计",
      purpose: "这台电脑上办过什么、试过什么、被拒过什么；改不了，保存期满以前也删不了。",
      section: "system",
      needs: "audit_retention",
      words: "日志 登录 导出 打印 被拒 篡改 清理到期的审计 保存期限 sj rz ql",
    },
  },
  {
    path: "/privacy-queries",
    name: "query-log",
    component: () => import("@/pages/audit/QueryLog.vue"),
    meta: {
      title: "查询登记",
      purpose: "谁在什么时候、为什么查看过居民的完整号码或住址。",
      section: "residents",
      needs: "query_log",
      words: "查看 身份证 电话 住址 用途 理由 cxdj",
    },
  },
];
