// Every page with its address. Names are stable; addresses hold no personal data (residents are named by UUID).

import type { RouteRecordRaw } from "vue-router";
import type { CommandName } from "./sections";

declare module "vue-router" {
  interface RouteMeta {
    title: string;
    /** What the page is for, in one line. */
    purpose: string;
    section?: string;
    /** Command that the page lives on: others are led to the workbench. */
    needs?: CommandName;
    /** Shown outside the frame of sections. */
    bare?: boolean;
    /** Found by Ctrl+K under these words too. */
    words?: string;
  }
}

export const routes: RouteRecordRaw[] = [
  {
    path: "/first-run",
    name: "first-run",
    component: () => import("@/pages/first-run/FirstRun.vue"),
    meta: { title: "开始使用", purpose: "建立本镇街的加密数据文件", bare: true },
  },
  {
    path: "/sign-in",
    name: "sign-in",
    component: () => import("@/pages/sign-in/SignIn.vue"),
    meta: { title: "登录", purpose: "打开本机的数据文件", bare: true },
  },
  {
    path: "/",
    name: "workbench",
    component: () => import("@/pages/workbench/Workbench.vue"),
    meta: {
      title: "工作台",
      purpose: "今天要办什么，发生了什么，数据是否安全。",
      section: "workbench",
      words: "首页 gzt",
    },
  },

  // ui2 begin
  {
    path: "/residents",
    name: "residents",
    component: () => import("@/pages/residents/Residents.vue"),
    meta: {
      title: "居民",
      purpose: "全镇名册：查一个人，看积分，登记同意。",
      section: "residents",
      needs: "residents",
      words: "名册 人员 同意 户",
    },
    children: [
      {
        path: ":resident",
        name: "resident",
        component: () => import("@/pages/residents/Resident.vue"),
        props: true,
        meta: {
          title: "居民",
          purpose: "全镇名册：查一个人，看积分，登记同意。",
          section: "residents",
          needs: "resident",
        },
      },
    ],
  },
  {
    path: "/residents/:resident/statement",
    name: "statement",
    component: () => import("@/pages/residents/Statement.vue"),
    props: true,
    meta: {
      title: "积分对账单",
      purpose: "交给居民本人的对账单：先看清楚，再打印。",
      section: "residents",
      needs: "preview_statement",
    },
  },
  {
    path: "/import/residents",
    name: "import-residents",
    component: () => import("@/pages/imports/ImportResidents.vue"),
    meta: {
      title: "导入居民名册",
      purpose: "先核对后写入；有错的行会列出原因，不影响其他行。",
      section: "residents",
      needs: "start_import",
      words: "Excel 名册 表格 上传",
    },
  },
  {
    path: "/import/rules",
    name: "import-rules",
    component: () => import("@/pages/imports/ImportRules.vue"),
    meta: {
      title: "导入积分细则",
      purpose: "先核对后写入；不合规的条目会列出原因。",
      section: "points",
      needs: "start_import",
      words: "Excel 细则 表格 上传",
    },
  },
  {
    path: "/points/record",
    name: "record-points",
    component: () => import("@/pages/points/RecordPoints.vue"),
    meta: {
      title: "记分",
      purpose: "一场活动一次记完：选细则，放佐证，列出参加的人，提交复核。",
      section: "points",
      needs: "record_points",
      words: "活动 录入 加分 佐证",
    },
  },
  {
    path: "/points/review",
    name: "review",
    component: () => import("@/pages/points/Review.vue"),
    meta: {
      title: "复核",
      purpose: "对照佐证逐场核对，通过或退回；自己记的和本户的须回避。",
      section: "points",
      needs: "review_awards",
      words: "审核 通过 退回",
    },
  },
  {
    path: "/points/rules",
    name: "rules",
    component: () => import("@/pages/points/Rules.vue"),
    meta: {
      title: "积分细则",
      purpose: "哪些事可以记分，记多少，要什么佐证。",
      section: "points",
      needs: "rules",
      words: "目录 分值 上限",
    },
  },
  {
    path: "/points/mine",
    name: "my-records",
    component: () => import("@/pages/points/MyRecords.vue"),
    meta: {
      title: "我的记录",
      purpose: "我记过的活动，哪些已通过，哪些被退回。",
      section: "points",
      needs: "my_records",
      words: "被退回 重新记分",
    },
  },
  // ui2 end

  {
    path: "/sync",
    name: "sync",
    component: () => import("@/pages/sync/SyncCentre.vue"),
    meta: {
      title: "同步",
      purpose: "哪些已送达区平台，哪些还在本机，哪些被退回。",
      section: "sync",
      needs: "sync_status",
      words: "区平台 接入 待发送 退回 电脑 tb",
    },
  },
  {
    path: "/system/users",
    name: "users",
    component: () => import("@/pages/system/Users.vue"),
    meta: {
      title: "用户",
      purpose: "谁能用本程序，各自担任什么。",
      section: "system",
      needs: "users",
      words: "账号 职责 密码 停用 yh",
    },
  },
  {
    path: "/system/imports",
    name: "imports",
    component: () => import("@/pages/system/Imports.vue"),
    meta: {
      title: "导入记录",
      purpose: "每次导入写入了多少行；导错了可以整批撤销。",
      section: "system",
      needs: "imports",
      words: "撤销 名册 drjl",
    },
  },
  {
    path: "/system/verify",
    name: "verify",
    component: () => import("@/pages/system/Verify.vue"),
    meta: {
      title: "校验",
      purpose: "从头重放全部操作，证明账目与记录一致。",
      section: "system",
      needs: "verify",
      words: "核对 完整 摘要 jy xy",
    },
  },
  { path: "/:other(.*)*", redirect: { name: "workbench" } },
];
