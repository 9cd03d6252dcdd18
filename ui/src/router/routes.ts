// Every page with its address. Names are stable; addresses hold no personal data (residents are named by UUID).

import type { RouteRecordRaw } from "vue-router";
import type { CommandName } from "./sections";
import { AUDIT_ROUTES } from "./auditRoutes";
import { BACKUP_ROUTES } from "./backupRoutes";
import { PRIVACY_ROUTES } from "./privacyRoutes";
import { SYNC_ROUTES } from "./syncRoutes";
import { TIME_ROUTES } from "./timeRoutes";

declare module "vue-router" {
  interface RouteMeta {
    title: string;
    /** What the page is for, in one line. */
    purpose: string;
    section?: string;
    /** Page of the section that this one belongs to, where it is none of them itself. */
    under?: string;
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
      purpose: "居民名册：查一个人，看积分，登记同意。",
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
          purpose: "居民名册：查一个人，看积分，登记同意。",
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

  ...TIME_ROUTES,

  {
    path: "/brands",
    name: "brands",
    component: () => import("@/pages/brands/Brands.vue"),
    meta: {
      title: "品牌",
      purpose: "本镇街的信用品牌：申报、批准、启用，每年评估。",
      section: "brands",
      needs: "brands",
      words: "信用品牌 一镇街一品牌 里程碑 指标 xypp",
    },
  },
  {
    path: "/brands/events",
    name: "events",
    component: () => import("@/pages/brands/Events.vue"),
    meta: {
      title: "活动",
      purpose: "品牌和诚信五进的活动：安排、签到、照片、费用。",
      section: "brands",
      needs: "events",
      words: "诚信五进 签到 照片 hd",
    },
  },
  {
    path: "/brands/events/:event",
    name: "event",
    component: () => import("@/pages/brands/Event.vue"),
    props: true,
    meta: {
      title: "活动",
      purpose: "签到、照片、费用；据签到记分要经复核。",
      section: "brands",
      under: "events",
      needs: "event",
    },
  },
  {
    path: "/brands/events/:event/sign",
    name: "event-sign",
    component: () => import("@/pages/brands/EventSign.vue"),
    props: true,
    meta: {
      title: "添加签到",
      purpose: "打姓名、粘贴一列，或读入签到表；外面来的人记为来宾。",
      section: "brands",
      under: "events",
      needs: "sign_attendance",
    },
  },
  {
    path: "/brands/matrix",
    name: "event-matrix",
    component: () => import("@/pages/brands/EventMatrix.vue"),
    meta: {
      title: "诚信五进",
      purpose: "五进各季度办了几场，哪里还空着？",
      section: "brands",
      needs: "event_matrix",
      words: "社区 乡镇 企业 校园 家庭 对照表 cxwj",
    },
  },
  {
    path: "/brands/handovers",
    name: "handovers",
    component: () => import("@/pages/brands/Handovers.vue"),
    meta: {
      title: "交区审查",
      purpose: "交给区里的文字先经保密审查；放行了区里才看得到。",
      section: "brands",
      needs: "handovers",
      words: "数据包 保密 放行 区平台 jq",
    },
    children: [
      {
        path: ":handover",
        name: "handover",
        component: () => import("@/pages/brands/Handover.vue"),
        props: true,
        meta: {
          title: "交区审查",
          purpose: "交给区里的文字先经保密审查；放行了区里才看得到。",
          section: "brands",
          under: "handovers",
          needs: "handover_preview",
        },
      },
    ],
  },
  {
    path: "/brands/:brand",
    name: "brand",
    component: () => import("@/pages/brands/Brand.vue"),
    props: true,
    meta: {
      title: "品牌档案",
      purpose: "口号还没有写。",
      section: "brands",
      under: "brands",
      needs: "brand",
    },
  },
  {
    path: "/brands/:brand/card",
    name: "brand-card",
    component: () => import("@/pages/brands/BrandCard.vue"),
    props: true,
    meta: {
      title: "品牌名片",
      purpose: "A4 一张，可以挂起来。",
      section: "brands",
      under: "brands",
      needs: "brand_card",
    },
  },
  {
    path: "/brands/:brand/dossier",
    name: "brand-dossier",
    component: () => import("@/pages/brands/BrandDossier.vue"),
    props: true,
    meta: {
      title: "品牌档案",
      purpose: "带目录和图片，供评估和存档。",
      section: "brands",
      under: "brands",
      needs: "brand_dossier",
    },
  },

  ...AUDIT_ROUTES,
  ...BACKUP_ROUTES,
  ...PRIVACY_ROUTES,
  ...SYNC_ROUTES,
  {
    path: "/system/security",
    name: "security",
    component: () => import("@/pages/system/Security.vue"),
    meta: {
      title: "安全总览",
      purpose: "备份、账户、电脑、审计、自检：哪些要处理，到哪里处理。",
      section: "system",
      needs: "security_overview",
      words: "自检 三员 备份 锁定 时钟 等保 aqzl",
    },
  },
  {
    path: "/system/users",
    name: "users",
    component: () => import("@/pages/system/Users.vue"),
    meta: {
      title: "用户与职责",
      purpose: "谁能用本程序，各自担任什么、负责哪些村社。",
      section: "system",
      needs: "users",
      words: "账号 账户 职责 授权 村社 密码 重设 停用 三员 yh",
    },
  },
  {
    path: "/system/security-policy",
    name: "security-policy",
    component: () => import("@/pages/system/SecurityPolicy.vue"),
    meta: {
      title: "密码与锁屏",
      purpose: "全镇每台电脑上的密码规定和自动锁屏时间。",
      section: "system",
      needs: "set_security_policy",
      words: "密码 位数 更换 锁屏 闲置 mmgd",
    },
  },
  {
    path: "/system/permissions",
    name: "permissions",
    component: () => import("@/pages/system/Permissions.vue"),
    meta: {
      title: "职责权限表",
      purpose: "每项职责能办什么、范围多大；程序就照这张表放行。",
      section: "system",
      needs: "permission_matrix",
      words: "权限 矩阵 等保 导出 qxb",
    },
  },
  {
    path: "/system/my-sign-in",
    name: "my-sign-in",
    component: () => import("@/pages/system/MySignIn.vue"),
    meta: {
      title: "我的登录",
      purpose: "您自己的密码和手机动态验证码。",
      section: "system",
      needs: "own_sign_in",
      words: "动态验证码 两步 手机 密码 wddl",
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
      purpose: "按全部操作记录从头重算一遍，证明账目与记录一致。",
      section: "system",
      needs: "verify",
      words: "核对 完整 摘要 jy xy",
    },
  },
  {
    path: "/system/check-paper",
    name: "check-paper",
    component: () => import("@/pages/system/CheckPaper.vue"),
    meta: {
      title: "验证纸件",
      purpose: "有人拿来对账单或存折：看是不是这里出具的，有没有缺。",
      section: "system",
      needs: "check_statement",
      words: "核对码 真伪 对账单 存折 yzzj",
    },
  },
  { path: "/:other(.*)*", redirect: { name: "workbench" } },
];
