// Files between the screen and the program: base64 in both directions.

import type { FileContent } from "@/backend/contract";

/** `String.fromCharCode` takes its bytes as arguments, and engines limit how many. */
const CHUNK_BYTES = 0x8000;

/** The file's bytes as base64. */
export async function base64Of(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES));
  }
  return btoa(binary);
}

/** base64 as bytes. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** Offers a file for saving under its suggested name. */
export function saveFile(
  file: Pick<FileContent, "file_name" | "content">,
  mime = "application/octet-stream",
): void {
  saveBlob(new Blob([bytesOf(file.content)], { type: mime }), file.file_name);
}

/** The same for bytes that are here already. */
export function saveBlob(blob: Blob, fileName: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
  // the download reads the blob after the click returns
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
