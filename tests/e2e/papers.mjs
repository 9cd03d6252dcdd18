// Papers and pictures as files: what a saved PDF says, and a photograph as a telephone makes it.

import { readFile } from "node:fs/promises";

/** Saves the paper on the screen by keyboard and reads it: its name and each page's text and size in points. */
export async function savedPdf(page) {
  await page.getByRole("button", { name: "存为 PDF" }).focus();
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  const { getDocument } = await import("../../ui/node_modules/pdfjs-dist/legacy/build/pdf.mjs");
  const pdf = await getDocument({ data: new Uint8Array(await readFile(await download.path())) }).promise;
  const pages = [];
  for (let at = 1; at <= pdf.numPages; at += 1) {
    const sheet = await pdf.getPage(at);
    const { items } = await sheet.getTextContent();
    const [, , width, height] = sheet.view;
    pages.push({ text: items.map((item) => item.str).join(""), width, height });
  }
  await pdf.loadingTask.destroy();
  return { name: download.suggestedFilename(), pages };
}

/** Stands in the location data of `withLocation`, so that a test can look for it afterwards. */
export const LOCATION_MARK = "WGS-84";

/** The JPEG with an Exif block that says where it was taken. */
export function withLocation(jpeg) {
  const mark = Buffer.from(`${LOCATION_MARK}\0`, "latin1");
  const tiff = Buffer.alloc(44);
  tiff.write("MM\0*", 0, "latin1");
  tiff.writeUInt32BE(8, 4);
  // the first directory: one entry, the address of the location's directory
  tiff.writeUInt16BE(1, 8);
  tiff.writeUInt16BE(0x8825, 10);
  tiff.writeUInt16BE(4, 12);
  tiff.writeUInt32BE(1, 14);
  tiff.writeUInt32BE(26, 18);
  // the location's directory: one entry, the datum as text behind it
  tiff.writeUInt16BE(1, 26);
  tiff.writeUInt16BE(0x0012, 28);
  tiff.writeUInt16BE(2, 30);
  tiff.writeUInt32BE(mark.length, 32);
  tiff.writeUInt32BE(tiff.length, 36);
  const body = Buffer.concat([Buffer.from("Exif\0\0", "latin1"), tiff, mark]);
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)]);
}
