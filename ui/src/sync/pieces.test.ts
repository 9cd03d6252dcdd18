import { describe, expect, it } from "vitest";
import { fetchPieces, PIECE_BYTES, sendPieces, Stopped, type Watch } from "./pieces";

function watching(stopAfter = Infinity): Watch & { told: number[] } {
  const told: number[] = [];
  return { told, done: (bytes) => told.push(bytes), stopped: () => told.length >= stopAfter };
}

/** A program that keeps what is sent to it. */
function receiver() {
  let held = "";
  return {
    get bytes() {
      return held.length;
    },
    get text() {
      return held;
    },
    send: ({ upload, offset, content }: { upload: number | null; offset: number; content: string }) => {
      if (offset !== held.length) throw new Error("a piece at the wrong place");
      if ((upload === null) !== (offset === 0)) throw new Error("a new upload in the middle");
      held += atob(content);
      return Promise.resolve({ upload: 7, received: held.length });
    },
  };
}

describe("sendPieces", () => {
  it("sends every byte once, in order", async () => {
    const there = receiver();
    const text = "x".repeat(PIECE_BYTES) + "end";
    const watch = watching();
    expect(await sendPieces(new Blob([text]), there.send, watch)).toBe(7);
    expect(there.text === text).toBe(true);
    expect(watch.told).toEqual([PIECE_BYTES, PIECE_BYTES + 3]);
  });

  it("sends an empty file, so that it is refused in words", async () => {
    const there = receiver();
    await sendPieces(new Blob([]), there.send, watching());
    expect(there.bytes).toBe(0);
  });

  it("stops between two pieces", async () => {
    const there = receiver();
    const big = new Blob(["x".repeat(PIECE_BYTES * 2)]);
    await expect(sendPieces(big, there.send, watching(1))).rejects.toBeInstanceOf(Stopped);
    expect(there.bytes).toBe(PIECE_BYTES);
  });
});

describe("fetchPieces", () => {
  it("joins the pieces until there is none behind", async () => {
    const pieces = ["abc", "def", "g"];
    const blob = await fetchPieces((offset) => {
      const at = offset / 3;
      return Promise.resolve({ content: btoa(pieces[at] ?? ""), next: at < 2 ? offset + 3 : null });
    }, watching());
    expect(await blob.text()).toBe("abcdefg");
  });
});
