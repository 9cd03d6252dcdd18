// The privacy desk.

import type { RouteRecordRaw } from "vue-router";

export const PRIVACY_ROUTES: readonly RouteRecordRaw[] = [
  {
    path: "/privacy",
    name: "privacy",
    component: () => import("@/pages/privacy/Privacy.vue"),
    meta: {
      title: "个人信息",
      purpose: "谁撤回了同意、谁要求删除、谁在限制处理；什么保存多久。",
      section: "residents",
      needs: "privacy_desk",
      words: "隐私 撤回 删除 限制 保存期限 同意书 grxx",
    },
    children: [
      {
        path: ":resident",
        name: "person-data",
        component: () => import("@/pages/privacy/PersonData.vue"),
        props: true,
        meta: {
          title: "个人信息",
          purpose: "谁撤回了同意、谁要求删除、谁在限制处理；什么保存多久。",
          section: "residents",
          under: "privacy",
          needs: "erasure_plan",
        },
      },
    ],
  },
];
