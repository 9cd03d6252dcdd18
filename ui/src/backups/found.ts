import type { SeenBackup } from "@/backend/contract";

/** Backups that were found in a folder. */
export interface FoundBackups {
  folder: string;
  backups: readonly SeenBackup[];
}
