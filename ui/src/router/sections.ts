// The sections at the left, with their pages. What a person's duties do not allow is not shown.

import type { Component } from "vue";
import { Coin, House, Medal, Refresh, Setting, Timer, User } from "@element-plus/icons-vue";
import type { Acts, Asks, Workbench, SyncStatus } from "@/backend/contract";

export type CommandName = keyof Asks | keyof Acts;

export interface SectionPage {
  /** Route name. */
  route: string;
  word: string;
  /** Command that the page lives on: shown to those who may use it. */
  needs?: CommandName;
  /** What waits there for this person. */
  waiting?: (waiting: { workbench?: Workbench; sync?: SyncStatus }) => number;
}

export interface Section {
  key: string;
  word: string;
  icon: Component;
  pages: readonly SectionPage[];
}

export const SECTIONS: readonly Section[] = [
  { key: "workbench", word: "工作台", icon: House, pages: [{ route: "workbench", word: "工作台" }] },
  {
    key: "residents",
    word: "居民",
    icon: User,
    pages: [
      { route: "residents", word: "居民", needs: "residents" },
      {
        route: "privacy",
        word: "个人信息",
        needs: "privacy_desk",
        waiting: ({ workbench }) =>
          workbench
            ? workbench.privacy.withdrawn_due + workbench.privacy.erasures_asked + workbench.privacy.left
            : 0,
      },
      { route: "query-log", word: "查询登记", needs: "query_log" },
    ],
  },
  {
    key: "points",
    word: "积分",
    icon: Coin,
    pages: [
      { route: "record-points", word: "记分", needs: "record_points" },
      {
        route: "review",
        word: "复核",
        needs: "review_awards",
        waiting: ({ workbench }) => workbench?.awaiting_review ?? 0,
      },
      { route: "rules", word: "细则", needs: "rules" },
      {
        route: "my-records",
        word: "我的记录",
        needs: "my_records",
        waiting: ({ workbench }) => workbench?.sent_back_to_me ?? 0,
      },
    ],
  },
  {
    key: "time",
    word: "时间银行",
    icon: Timer,
    pages: [
      {
        route: "needs",
        word: "需求",
        needs: "needs",
        waiting: ({ workbench }) => workbench?.time.open_needs ?? 0,
      },
      {
        route: "orders",
        word: "服务单",
        needs: "orders",
        waiting: ({ workbench }) =>
          workbench ? workbench.time.to_confirm + workbench.time.disputed + workbench.time.overdue_orders : 0,
      },
      { route: "slips", word: "回单录入", needs: "enter_slips" },
      {
        route: "credit",
        word: "入账",
        needs: "credit_orders",
        waiting: ({ workbench }) => workbench?.time.to_credit ?? 0,
      },
      { route: "time-accounts", word: "账户", needs: "time_accounts" },
      { route: "service-types", word: "服务项目", needs: "service_types" },
    ],
  },
  {
    key: "brands",
    word: "信用品牌",
    icon: Medal,
    pages: [
      {
        route: "brands",
        word: "品牌",
        needs: "brands",
        waiting: ({ workbench }) => workbench?.brand.to_approve ?? 0,
      },
      {
        route: "events",
        word: "活动",
        needs: "events",
        waiting: ({ workbench }) => workbench?.brand.overdue_events ?? 0,
      },
      { route: "event-matrix", word: "诚信五进", needs: "event_matrix" },
      {
        route: "handovers",
        word: "交区审查",
        needs: "handovers",
        waiting: ({ workbench }) => workbench?.brand.handovers ?? 0,
      },
    ],
  },
  {
    key: "sync",
    word: "同步",
    icon: Refresh,
    pages: [
      {
        route: "sync",
        word: "同步",
        needs: "sync_centre",
      },
      {
        route: "issues",
        word: "核对裁定",
        needs: "issues",
        waiting: ({ workbench }) => workbench?.to_decide ?? 0,
      },
      { route: "usb", word: "U盘同步", needs: "bundle_plan" },
      { route: "pcs", word: "电脑与支出权", needs: "sync_centre" },
      { route: "connection", word: "连接", needs: "sync_centre" },
    ],
  },
  {
    key: "system",
    word: "系统",
    icon: Setting,
    pages: [
      {
        route: "security",
        word: "安全总览",
        needs: "security_overview",
        waiting: ({ workbench }) => (workbench?.check ? 1 : 0),
      },
      { route: "users", word: "用户与职责", needs: "users" },
      { route: "security-policy", word: "密码与锁屏", needs: "set_security_policy" },
      { route: "permissions", word: "职责权限表", needs: "permission_matrix" },
      { route: "imports", word: "导入记录", needs: "imports" },
      { route: "backups", word: "备份", needs: "backups" },
      { route: "recovery-key", word: "恢复密钥", needs: "new_recovery_key" },
      { route: "verify", word: "校验", needs: "verify" },
      { route: "audit", word: "审计", needs: "audit_retention" },
      { route: "my-sign-in", word: "我的登录", needs: "own_sign_in" },
      { route: "check-paper", word: "验证纸件", needs: "check_statement" },
    ],
  },
];
