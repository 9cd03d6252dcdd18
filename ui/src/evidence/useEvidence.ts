import { onScopeDispose, shallowRef, toValue, watch, type MaybeRefOrGetter } from "vue";
import { ask } from "@/backend/backend";
import { faultFrom } from "@/backend/port";
import { bytesOf } from "@/format/files";

/** A piece of evidence as the screen holds it. */
export interface EvidencePiece {
  id: string;
  /** A picture's address inside this window. */
  url?: string;
  /** A PDF's content, base64. */
  pdf?: string;
  /** Said in place of what cannot be shown. */
  words: string;
}

/** Fetches pieces of evidence, and forgets them when they are no longer shown. */
export function useEvidence(ids: MaybeRefOrGetter<readonly string[]>) {
  const pieces = shallowRef<EvidencePiece[]>([]);
  let round = 0;

  function forget(): void {
    for (const piece of pieces.value) if (piece.url) URL.revokeObjectURL(piece.url);
  }

  async function fetchPiece(id: string): Promise<EvidencePiece> {
    try {
      const { mime, content } = await ask("evidence", { evidence: id });
      if (!content) return { id, words: "照片还在记录它的那台电脑上" };
      if (mime === "application/pdf") return { id, pdf: content, words: "" };
      return { id, url: URL.createObjectURL(new Blob([bytesOf(content)], { type: mime })), words: "" };
    } catch (thrown) {
      return { id, words: faultFrom(thrown).message };
    }
  }

  watch(
    () => toValue(ids).join(),
    async () => {
      const mine = ++round;
      forget();
      const wanted = [...toValue(ids)];
      pieces.value = wanted.map((id) => ({ id, words: "正在读取" }));
      const fetched = await Promise.all(wanted.map(fetchPiece));
      if (mine === round) pieces.value = fetched;
      else for (const piece of fetched) if (piece.url) URL.revokeObjectURL(piece.url);
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    round += 1;
    forget();
  });

  return { pieces };
}
