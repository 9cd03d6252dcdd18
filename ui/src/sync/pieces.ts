// A bundle crosses the boundary in pieces: it may be far larger than one request.

import type { BundlePiece, BundleUpload } from "@/backend/contract";
import { base64Of, bytesOf } from "@/format/files";

/** `UploadBundle.content` allows 4 MiB of base64, which is 3 MiB of bytes. */
export const PIECE_BYTES = 3 * 1024 * 1024;

/** The person has gone back on it. */
export class Stopped extends Error {}

export interface Watch {
  /** Told after each piece. */
  done: (bytes: number) => void;
  /** Asked before each piece. */
  stopped: () => boolean;
}

/** Sends the file piece by piece; gives the number of the complete upload. */
export async function sendPieces(
  file: Blob,
  send: (piece: { upload: number | null; offset: number; content: string }) => Promise<BundleUpload>,
  watch: Watch,
): Promise<number> {
  let upload: number | null = null;
  let offset = 0;
  // an empty file too has to arrive, so that the program can say what is wrong with it
  do {
    if (watch.stopped()) throw new Stopped();
    const content = await base64Of(file.slice(offset, offset + PIECE_BYTES));
    const reply: BundleUpload = await send({ upload, offset, content });
    upload = reply.upload;
    offset = reply.received;
    watch.done(offset);
  } while (offset < file.size);
  return upload;
}

/** Fetches a bundle piece by piece. */
export async function fetchPieces(
  fetchPiece: (offset: number) => Promise<BundlePiece>,
  watch: Watch,
): Promise<Blob> {
  const parts: BlobPart[] = [];
  let offset: number | null | undefined = 0;
  while (offset != null) {
    if (watch.stopped()) throw new Stopped();
    const piece: BundlePiece = await fetchPiece(offset);
    const bytes = bytesOf(piece.content);
    // a blob of its own, so that the browser may put it on disk instead of holding it in memory
    parts.push(new Blob([bytes]));
    offset = piece.next;
    watch.done(offset ?? 0);
  }
  return new Blob(parts, { type: "application/octet-stream" });
}
