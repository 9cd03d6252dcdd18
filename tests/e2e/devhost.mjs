// The real program on a free loopback port with a data folder of its own.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const EXECUTABLE = process.platform === "win32" ? "zhenxin-devhost.exe" : "zhenxin-devhost";

/** Starts the program, or takes the one that ZHENXIN_E2E_URL names. Gives where to go first and how to stop. */
export async function startDevhost() {
  const given = process.env.ZHENXIN_E2E_URL;
  if (given) return { entrance: given, stop: async () => {} };
  const data = await mkdtemp(path.join(tmpdir(), "zhenxin-e2e-"));
  const host = spawn(
    path.join(process.env.CARGO_TARGET_DIR ?? path.join(REPOSITORY, "target"), "debug", EXECUTABLE),
    ["--data", data, "--listen", "127.0.0.1:0", "--ui", path.join(REPOSITORY, "ui", "dist")],
    { env: { ...process.env, ZHENXIN_KEYRING: "off" }, stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = new Promise((done) => host.once("exit", done));
  const lines = createInterface({ input: host.stdout });
  const first = new Promise((found, failed) => {
    lines.once("line", found);
    host.once("error", failed);
    host.once("exit", (code) => failed(new Error(`the devhost ended with ${code} before it said its address`)));
  });
  const entrance = JSON.parse(await first).open;
  return {
    entrance,
    async stop() {
      host.kill("SIGTERM");
      await ended;
      await rm(data, { recursive: true, force: true });
    },
  };
}
