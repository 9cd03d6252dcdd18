// The pages of 同步.

import type { RouteRecordRaw } from "vue-router";

export const SYNC_ROUTES: readonly RouteRecordRaw[] = [
  {
    path: "/sync",
    name: "sync",
    component: () => import("@/pages/sync/SyncCentre.vue"),
    meta: {
      title: "同步",
      purpose: "和区平台一致吗？有什么在等？有什么被退回，要您决定？",
      section: "sync",
      needs: "sync_centre",
      words: "区平台 待发送 退回 一致 暂停 tb",
    },
  },
  {
    path: "/sync/issues",
    name: "issues",
    component: () => import("@/pages/settling/Issues.vue"),
    meta: {
      title: "核对裁定",
      purpose: "几台电脑办了同一件事、改了同一项：看清两边，由人来定。",
      section: "sync",
      needs: "issues",
      words: "冲突 重复 合并 透支 退回 hdcd",
    },
    children: [
      {
        path: ":issue",
        name: "issue",
        component: () => import("@/pages/settling/Issue.vue"),
        props: true,
        meta: {
          title: "核对裁定",
          purpose: "几台电脑办了同一件事、改了同一项：看清两边，由人来定。",
          section: "sync",
          under: "issues",
          needs: "issue",
        },
      },
    ],
  },
  {
    path: "/sync/usb",
    name: "usb",
    component: () => import("@/pages/sync/Usb.vue"),
    meta: {
      title: "U盘同步",
      purpose: "没有网络时，用U盘把记录带到别的电脑或区平台，再把回执带回来。",
      section: "sync",
      needs: "bundle_plan",
      words: "导出 导入 离线 数据包 zxb up",
    },
  },
  {
    path: "/sync/pcs",
    name: "pcs",
    component: () => import("@/pages/sync/Pcs.vue"),
    meta: {
      title: "电脑与支出权",
      purpose: "本镇街有哪些电脑，哪台可以离线支出。",
      section: "sync",
      needs: "sync_centre",
      words: "指纹 密钥 兑换 权 dn",
    },
  },
  {
    path: "/sync/connection",
    name: "connection",
    component: () => import("@/pages/sync/Connection.vue"),
    meta: {
      title: "连接",
      purpose: "接入区平台，设置代理和允许的网络，看区里下发了什么。",
      section: "sync",
      needs: "sync_centre",
      words: "接入 代理 网络 证书 下发 发布 lj",
    },
  },
];
