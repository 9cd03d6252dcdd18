import { ask } from "@/backend/backend";
import { bytesOf } from "@/format/files";
import type { EvidenceItem } from "./evidence";

/** Files that the program holds already, as if taken anew. Those whose bytes lie on another PC are left out. */
export async function heldEvidence(
  files: readonly { file: string; caption: string }[],
): Promise<EvidenceItem[]> {
  const items = await Promise.all(
    files.map(async ({ file, caption }): Promise<EvidenceItem | undefined> => {
      const { mime, content } = await ask("evidence", { evidence: file });
      if (!content) return undefined;
      const bytes = new Blob([bytesOf(content)], { type: mime });
      return { key: crypto.randomUUID(), name: caption, mime, file: bytes };
    }),
  );
  return items.filter((item) => item !== undefined);
}
