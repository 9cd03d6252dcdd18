// Papers, packages and pictures as files: what a saved one says, and a photograph as a telephone makes it.

import { readFile } from "node:fs/promises";
import { inflateRawSync } from "node:zlib";

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

/** The files of a .zip archive by their names. */
export function unzipped(archive) {
  const files = new Map();
  // the directory stands at the end; how many files and where it begins stand behind it
  const end = archive.lastIndexOf("PK\x05\x06", undefined, "latin1");
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [method, packed] = [archive.readUInt16LE(at + 10), archive.readUInt32LE(at + 20)];
    const [name, extra, comment] = [28, 30, 32].map((place) => archive.readUInt16LE(at + place));
    const local = archive.readUInt32LE(at + 42);
    const begin = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const content = archive.subarray(begin, begin + packed);
    files.set(archive.toString("utf8", at + 46, at + 46 + name), method === 8 ? inflateRawSync(content) : content);
    at += 46 + name + extra + comment;
  }
  return files;
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
