import type { SyncProgress } from "@/backend/contract";
import { byteSize } from "@/format/bytes";
import { count, remaining } from "@/format/words";

/** `1,234 / 5,000 条，每秒 830 条，还需约 5 秒，已传 1.2 MB`; what is not known yet is left out. */
export function progressWords(progress: SyncProgress): string {
  const words: string[] = [];
  if (progress.total_ops > 0) words.push(`${count(progress.done_ops)} / ${count(progress.total_ops)} 条`);
  if (progress.ops_per_s > 0) words.push(`每秒 ${count(progress.ops_per_s)} 条`);
  if (progress.remaining_s != null) words.push(`还需约 ${remaining(progress.remaining_s)}`);
  if (progress.bytes > 0) words.push(`已传 ${byteSize(progress.bytes)}`);
  return words.join("，");
}

/** Share done, 0 to 1; nothing while it is not known how much there is. */
export function progressShare({ done_ops, total_ops }: SyncProgress): number | undefined {
  return total_ops > 0 ? Math.min(1, done_ops / total_ops) : undefined;
}
