// The real program on a free loopback port with a data folder of its own.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const PROGRAMS = path.join(process.env.CARGO_TARGET_DIR ?? path.join(REPOSITORY, "target"), "debug");
const ENVIRONMENT = { ...process.env, ZHENXIN_KEYRING: "off" };

function program(name) {
  return path.join(PROGRAMS, process.platform === "win32" ? `${name}.exe` : name);
}

/** Starts the program, or takes the one that ZHENXIN_E2E_URL names. Gives where to go first and how to stop. */
export async function startDevhost() {
  const given = process.env.ZHENXIN_E2E_URL;
  if (given) return { entrance: given, stop: async () => {} };
  const folder = await mkdtemp(path.join(tmpdir(), "zhenxin-e2e-"));
  return serve(folder, folder);
}

/** Builds the demonstration town anew and starts the program of its office. */
export async function startDemonstration() {
  const folder = await mkdtemp(path.join(tmpdir(), "zhenxin-e2e-demo-"));
  await promisify(execFile)(program("demo"), ["--data", folder], { env: ENVIRONMENT });
  return serve(folder, path.join(folder, "office"));
}

async function serve(folder, data) {
  const ui = process.env.ZHENXIN_E2E_UI ?? path.join(REPOSITORY, "ui", "dist");
  const host = spawn(program("zhenxin-devhost"), ["--data", data, "--listen", "127.0.0.1:0", "--ui", ui], {
    env: ENVIRONMENT,
    stdio: ["ignore", "pipe", "inherit"],
  });
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
      await rm(folder, { recursive: true, force: true });
    },
  };
}
