// The PDF itself, drawn: WebKitGTK shows none by itself. The legacy build carries what older WebKitGTK lacks.

import * as pdfjs from "pdfjs-dist/legacy/build/pdf.mjs";
import workerUrl from "pdfjs-dist/legacy/build/pdf.worker.min.mjs?url";
import { bytesOf } from "@/format/files";
import { sheetFor, type Sheet } from "./sheets";

pdfjs.GlobalWorkerOptions.workerSrc = workerUrl;

export type PdfDocument = pdfjs.PDFDocumentProxy;
export type PdfPage = pdfjs.PDFPageProxy;
type TextContent = Awaited<ReturnType<PdfPage["getTextContent"]>>;

/** PDF measures in points of 1/72 inch. */
const POINTS_PER_INCH = 72;
/** Office printers set 300 to 600: at 300 the edges of small type are clean, and an A4 page takes 35 MB at a time. */
const PRINT_DPI = 300;

/** Opens a PDF, given as base64. The policy of the window allows neither eval nor WebAssembly. */
export async function openPdf(content: string): Promise<PdfDocument> {
  const task = pdfjs.getDocument({
    data: bytesOf(content),
    isEvalSupported: false,
    useWasm: false,
    // a paper that is left while its text is still read would be a warning
    verbosity: pdfjs.VerbosityLevel.ERRORS,
  });
  return task.promise;
}

/** Draws a page, `scale` pixels a point. */
export async function drawPage(page: PdfPage, canvas: HTMLCanvasElement, scale: number): Promise<void> {
  const viewport = page.getViewport({ scale });
  canvas.width = Math.round(viewport.width);
  canvas.height = Math.round(viewport.height);
  await page.render({ canvas, viewport, intent: "print" }).promise;
}

/** The words of a page in reading order, for screen readers. */
export async function pageText(page: PdfPage): Promise<string> {
  // read by hand: WebKitGTK has no `for await` over streams, which `getTextContent` needs
  const reader = page.streamTextContent().getReader() as ReadableStreamDefaultReader<TextContent>;
  let text = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    for (const item of part.value.items) {
      if ("str" in item) text += item.str + (item.hasEOL ? "\n" : "");
    }
  }
  return text;
}

/** The sheet that the paper is printed on: its first page's. */
export async function sheetOf(document: PdfDocument): Promise<Sheet> {
  const { width, height } = (await document.getPage(1)).getViewport({ scale: 1 });
  return sheetFor(width, height);
}

/** Every page as a picture fit for paper; call `URL.revokeObjectURL` on each afterwards. */
export async function printPictures(document: PdfDocument): Promise<string[]> {
  const urls: string[] = [];
  const canvas = window.document.createElement("canvas");
  for (let number = 1; number <= document.numPages; number += 1) {
    await drawPage(await document.getPage(number), canvas, PRINT_DPI / POINTS_PER_INCH);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
    if (blob !== null) urls.push(URL.createObjectURL(blob));
  }
  return urls;
}
