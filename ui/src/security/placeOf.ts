import type { MendedOn } from "@/backend/contract";

/** Where a finding is mended: the route, and what the way there is called. */
export interface Place {
  route: string;
  word: string;
}

const PLACES: Readonly<Record<MendedOn, Place>> = {
  backups: { route: "backups", word: "去备份" },
  users: { route: "users", word: "去用户与职责" },
  pcs: { route: "pcs", word: "去电脑与支出权" },
  sync: { route: "sync", word: "去同步" },
  verify: { route: "verify", word: "去校验" },
  audit: { route: "audit", word: "去审计" },
  recovery_key: { route: "recovery-key", word: "去恢复密钥" },
};

/** The way to mend a finding. A recovery key that waits to be confirmed is confirmed where it was first shown. */
export function placeOf(page: MendedOn, recoveryUnconfirmed: boolean): Place {
  if (page === "recovery_key" && recoveryUnconfirmed) return { route: "first-run", word: "去确认" };
  return PLACES[page];
}
