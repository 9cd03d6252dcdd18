import type { EvidenceFile } from "@/backend/contract";
import { base64Of } from "@/format/files";

/** A photograph or scan being added to something. */
export interface EvidenceItem {
  key: string;
  name: string;
  mime: string;
  file: Blob;
}

/** Limit of `EvidenceFile`. */
export const EVIDENCE_BYTES_MAX = 8 * 1024 * 1024;

/** What is asked for, and how many of it. */
export interface EvidenceKind {
  /** What people call it. */
  word: string;
  mimes: readonly string[];
  /** How they are counted: 份, 张. */
  measure: string;
  /** What its pictures are called. */
  pictured: string;
  /** The formats in words. */
  formats: string;
  /** At most this many at once. */
  max: number;
}

const PICTURES = ["image/jpeg", "image/png"] as const;

/** Limit of `RecordPoints.evidence` and `AddBrandFiles.files`. */
export const EVIDENCE: EvidenceKind = {
  word: "佐证",
  measure: "份",
  pictured: "照片",
  mimes: [...PICTURES, "application/pdf"],
  formats: "JPG、PNG 照片或 PDF",
  max: 9,
};

/** Limit of `AddEventPhotos.files`. */
export const PHOTOS: EvidenceKind = {
  word: "照片",
  measure: "张",
  pictured: "照片",
  mimes: PICTURES,
  formats: "JPG 或 PNG",
  max: 9,
};

/** The one mark of a brand. */
export const MARK: EvidenceKind = {
  word: "标识图",
  measure: "张",
  pictured: "图片",
  mimes: PICTURES,
  formats: "JPG 或 PNG",
  max: 1,
};

// the longer side of a photograph that was too large: a face and a date on a board stay readable
const SHRUNK_SIDE_PX = 2560;
const SHRUNK_QUALITY = 0.85;

/** What was taken, and why the others were not. */
export interface EvidenceTaken {
  items: EvidenceItem[];
  refusals: string[];
}

/** Takes files as far as they fit and there is room. Photographs that are too large are made smaller. */
export async function takeEvidence(
  files: Iterable<File>,
  already: number,
  kind: EvidenceKind = EVIDENCE,
): Promise<EvidenceTaken> {
  const taken: EvidenceTaken = { items: [], refusals: [] };
  for (const file of files) {
    if (already + taken.items.length >= kind.max) {
      taken.refusals.push(`${kind.word}最多 ${kind.max} ${kind.measure}，其余的没有收。`);
      break;
    }
    if (!kind.mimes.includes(file.type)) {
      taken.refusals.push(`${kind.word}要${kind.formats}。苹果手机的 HEIC 照片请先另存为 JPG。`);
      continue;
    }
    const fitting = file.size <= EVIDENCE_BYTES_MAX ? file : await shrunk(file);
    if (fitting === undefined) {
      taken.refusals.push(`这${kind.measure}${kind.word}超过 8 MB，请压缩或分成几份后再选。`);
      continue;
    }
    taken.items.push({ key: crypto.randomUUID(), name: file.name, mime: fitting.type, file: fitting });
  }
  return taken;
}

/** The items as the program takes them. */
export function evidenceFiles(items: readonly EvidenceItem[]): Promise<EvidenceFile[]> {
  return Promise.all(items.map(async (item) => ({ name: item.name, content: await base64Of(item.file) })));
}

async function shrunk(file: File): Promise<Blob | undefined> {
  if (!file.type.startsWith("image/")) return undefined;
  const image = await createImageBitmap(file).catch(() => undefined);
  if (image === undefined) return undefined;
  const scale = Math.min(1, SHRUNK_SIDE_PX / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", SHRUNK_QUALITY));
  return blob !== null && blob.size <= EVIDENCE_BYTES_MAX ? blob : undefined;
}
