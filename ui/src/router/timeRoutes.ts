// The pages of the time bank with their addresses.

import type { RouteRecordRaw } from "vue-router";

export const TIME_ROUTES: readonly RouteRecordRaw[] = [
  {
    path: "/time/needs",
    name: "needs",
    component: () => import("@/pages/time/Needs.vue"),
    meta: {
      title: "需求",
      purpose: "谁需要什么服务：登记、派单，过了日子没派的一眼看到。",
      section: "time",
      needs: "needs",
      words: "时间银行 派单 登记需求 xq sjyh",
    },
    children: [
      {
        path: "new",
        name: "need-new",
        component: () => import("@/pages/time/NeedNew.vue"),
        meta: {
          title: "新增需求",
          purpose: "谁需要什么服务：登记、派单，过了日子没派的一眼看到。",
          section: "time",
          under: "needs",
          needs: "post_need",
          words: "时间银行 登记需求 xzxq",
        },
      },
      {
        path: ":need",
        name: "need",
        component: () => import("@/pages/time/Need.vue"),
        props: true,
        meta: {
          title: "需求",
          purpose: "谁需要什么服务：登记、派单，过了日子没派的一眼看到。",
          section: "time",
          under: "needs",
          needs: "needs",
        },
      },
    ],
  },
  {
    path: "/time/orders",
    name: "orders",
    component: () => import("@/pages/time/Orders.vue"),
    meta: {
      title: "服务单",
      purpose: "按日子和村社看服务单，一步步办到入账。",
      section: "time",
      needs: "orders",
      words: "时间银行 接单 签到 签退 确认 异议 日历 fwd",
    },
    children: [
      {
        path: "new",
        name: "order-new",
        component: () => import("@/pages/time/OrderNew.vue"),
        meta: {
          title: "新开服务单",
          purpose: "按日子和村社看服务单，一步步办到入账。",
          section: "time",
          under: "orders",
          needs: "post_order",
          words: "时间银行 开单 xkfwd",
        },
      },
      {
        path: ":order",
        name: "order",
        component: () => import("@/pages/time/Order.vue"),
        props: true,
        meta: {
          title: "服务单",
          purpose: "按日子和村社看服务单，一步步办到入账。",
          section: "time",
          under: "orders",
          needs: "order",
        },
      },
    ],
  },
  {
    path: "/time/print-slips",
    name: "service-slips",
    component: () => import("@/pages/time/ServiceSlips.vue"),
    meta: {
      title: "打印服务单",
      purpose: "一式两联：志愿者带去服务，双方签字，交回录入。",
      section: "time",
      under: "orders",
      needs: "preview_slips",
    },
  },
  {
    path: "/time/slips",
    name: "slips",
    component: () => import("@/pages/time/Slips.vue"),
    meta: {
      title: "回单录入",
      purpose: "签好字的服务单交回来，一张一行连着录。",
      section: "time",
      needs: "enter_slips",
      words: "时间银行 纸质回单 签到 签退 补录 hdlr",
    },
  },
  {
    path: "/time/credit",
    name: "credit",
    component: () => import("@/pages/time/Credit.vue"),
    meta: {
      title: "入账",
      purpose: "双方都确认的服务单，核对后记入志愿者的时间账户。",
      section: "time",
      needs: "credit_orders",
      words: "时间银行 复核 记入 rz",
    },
  },
  {
    path: "/time/accounts",
    name: "time-accounts",
    component: () => import("@/pages/time/Accounts.vue"),
    meta: {
      title: "时间账户",
      purpose: "每个人存了多少时间，用了多少；全镇合计总是零。",
      section: "time",
      needs: "time_accounts",
      words: "时间银行 时间币 余额 赠与 捐赠 存折 sjzh",
    },
    children: [
      {
        path: ":resident",
        name: "time-account",
        component: () => import("@/pages/time/TimeAccount.vue"),
        props: true,
        meta: {
          title: "时间账户",
          purpose: "每个人存了多少时间，用了多少；全镇合计总是零。",
          section: "time",
          under: "time-accounts",
          needs: "time_account",
        },
      },
    ],
  },
  {
    path: "/time/accounts/:resident/passbook",
    name: "passbook",
    component: () => import("@/pages/time/Passbook.vue"),
    props: true,
    meta: {
      title: "时间存折",
      purpose: "交给居民本人的存折：逐笔列出，余额连着算，先看清楚再打印。",
      section: "time",
      under: "time-accounts",
      needs: "preview_passbook",
    },
  },
  {
    path: "/time/types",
    name: "service-types",
    component: () => import("@/pages/time/ServiceTypes.vue"),
    meta: {
      title: "服务项目",
      purpose: "有哪些服务，每项的系数，从哪一天起用。",
      section: "time",
      needs: "service_types",
      words: "时间银行 系数 版本 fwxm",
    },
  },
];
