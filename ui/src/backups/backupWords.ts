// Words and keys of backups.

import type { BackupKept, BackupLine, BackupPlace, BackupShelf, Rehearsal } from "@/backend/contract";
import { byteSize } from "@/format/bytes";
import { count } from "@/format/words";

const KEPT: Readonly<Record<BackupKept, string>> = {
  day: "留作日备份",
  week: "留作周备份",
  month: "留作月备份",
  same_day: "当天较早的一份，下一天有了备份就清理",
};
const PLACES: Readonly<Record<BackupPlace, string>> = { here: "本机", second: "第二位置" };
const SECOND_MS = 1_000;

export function keptWords(line: BackupLine): string {
  return line.kept ? KEPT[line.kept] : "下次备份时清理";
}

export function placeWords(place: BackupPlace): string {
  return PLACES[place];
}

export function backupKey(line: BackupLine): string {
  return `${line.place}/${line.backup}`;
}

/** What a place holds, in one line. */
export function shelfWords(shelf: BackupShelf): string {
  if (!shelf.reachable) return shelf.last ? `现在没有插上，上次拷贝 ${shelf.last}` : "现在打不开";
  const logs = shelf.backups.reduce((sum, line) => sum + line.bytes, 0);
  return `${count(shelf.backups.length)} 份，${byteSize(logs + shelf.file_bytes)}（其中照片 ${byteSize(shelf.file_bytes)}）`;
}

/** How long a rehearsal took: `0.8 秒`, `42 秒`. */
export function tookWords(ms: number): string {
  const seconds = ms / SECOND_MS;
  return seconds < 9.95 ? `${seconds.toFixed(1)} 秒` : `${count(Math.round(seconds))} 秒`;
}

/** What a rehearsal has shown, in one sentence. */
export function rehearsalWords(done: Rehearsal): string {
  const files =
    done.files_missing > 0
      ? `照片 ${count(done.files)} 张，缺 ${count(done.files_missing)} 张（恢复后从区平台取回）`
      : `照片 ${count(done.files)} 张`;
  return (
    `${count(done.ops)} 条记录重算出 ${count(done.residents)} 位居民、${count(done.transfers)} 笔账目，` +
    `账目总和 ${count(done.ledger_sum)}（应为 0）；${files}；用时 ${tookWords(done.took_ms)}。`
  );
}
