// Pages of backups and of the recovery key, and the page of a file that does not open.

import type { RouteRecordRaw } from "vue-router";

export const BACKUP_ROUTES: RouteRecordRaw[] = [
  {
    path: "/damaged",
    name: "damaged",
    component: () => import("@/pages/damaged/Damaged.vue"),
    meta: { title: "恢复数据", purpose: "数据文件打不开，从备份恢复", bare: true },
  },
  {
    path: "/new-password",
    name: "new-password",
    component: () => import("@/pages/sign-in/NewPassword.vue"),
    meta: { title: "设置密码", purpose: "换成只有您自己知道的密码", bare: true },
  },
  {
    path: "/system/backups",
    name: "backups",
    component: () => import("@/pages/system/Backups.vue"),
    meta: {
      title: "备份",
      purpose: "每天自动备份；拷到U盘，演练，需要时恢复。",
      section: "system",
      needs: "backups",
      words: "恢复 演练 U盘 第二位置 硬盘 bf hf",
    },
  },
  {
    path: "/system/recovery-key",
    name: "recovery-key",
    component: () => import("@/pages/system/RecoveryKey.vue"),
    meta: {
      title: "恢复密钥",
      purpose: "纸上的那把钥匙：遗失、交接时换一把。",
      section: "system",
      needs: "new_recovery_key",
      words: "密钥 换 遗失 交接 hfmy",
    },
  },
];
