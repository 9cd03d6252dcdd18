// Prints a PDF as the pictures of its pages, because no two of our three engines print a PDF in a frame alike.

import { openPdf, printPictures, sheetOf } from "./pdf";
import "./print.css";

const PAGES_CLASS = "print-pages";

/** Opens the print dialog on the paper and comes back when that is closed. */
export async function printPdf(content: string): Promise<void> {
  const pdf = await openPdf(content);
  const urls = await printPictures(pdf);
  const sheet = await sheetOf(pdf);
  await pdf.loadingTask.destroy();
  const holder = document.createElement("div");
  holder.className = PAGES_CLASS;
  holder.dataset["sheet"] = sheet;
  for (const url of urls) {
    const picture = document.createElement("img");
    picture.src = url;
    picture.alt = "";
    holder.append(picture);
  }
  document.body.append(holder);
  try {
    await Promise.all([...holder.children].map((each) => (each as HTMLImageElement).decode()));
    window.print();
  } finally {
    holder.remove();
    for (const url of urls) URL.revokeObjectURL(url);
  }
}
