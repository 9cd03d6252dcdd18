// The sections at the left, with their pages. What a person's duties do not allow is not shown.

import type { Component } from "vue";
import { Coin, House, Refresh, Setting, User } from "@element-plus/icons-vue";
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
    pages: [{ route: "residents", word: "居民", needs: "residents" }],
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
    key: "sync",
    word: "同步",
    icon: Refresh,
    pages: [
      {
        route: "sync",
        word: "同步",
        needs: "sync_status",
        waiting: ({ workbench }) => (workbench ? workbench.refused_by_district + workbench.to_decide : 0),
      },
    ],
  },
  {
    key: "system",
    word: "系统",
    icon: Setting,
    pages: [
      { route: "users", word: "用户", needs: "users" },
      { route: "imports", word: "导入记录", needs: "imports" },
      { route: "verify", word: "校验", needs: "verify" },
    ],
  },
];
