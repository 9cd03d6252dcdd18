// The real program on a free loopback port with a data folder of its own.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const PROGRAMS = path.join(process.env.CARGO_TARGET_DIR ?? path.join(REPOSITORY, "target"), "debug");
/** What the programs of a test see. */
export const ENVIRONMENT = { ...process.env, ZHENXIN_KEYRING: "off" };

/** Path of one of the project's programs. */
export function program(name) {
  return path.join(PROGRAMS, process.platform === "win32" ? `${name}.exe` : name);
}

/** Starts the program, or takes the one that ZHENXIN_E2E_URL names. Gives where to go first and how to stop. */
export async function startDevhost() {
  const given = process.env.ZHENXIN_E2E_URL;
  if (given) return { entrance: given, stop: async () => {} };
  const folder = await mkdtemp(path.join(tmpdir(), "zhenxin-e2e-"));
  return inFolder(folder, await serve(folder));
}

/** Builds the demonstration town anew and starts the program of its office. */
export async function startDemonstration() {
  const folder = await mkdtemp(path.join(tmpdir(), "zhenxin-e2e-demo-"));
  await promisify(execFile)(program("demo"), ["--data", folder], { env: ENVIRONMENT });
  return inFolder(folder, await serve(path.join(folder, "office")));
}

/**
 * Builds the demonstration town anew and starts the programs of its office and of its village, and the district that
 * both are enrolled with, on the address that they know.
 */
export async function startTwoPcs() {
  const folder = await mkdtemp(path.join(tmpdir(), "zhenxin-e2e-two-"));
  await promisify(execFile)(program("demo"), ["--data", folder], { env: ENVIRONMENT });
  const { listen } = JSON.parse(await readFile(path.join(folder, "demo.json"), "utf8"));
  const district = districtOf(path.join(folder, "district"), listen);
  await district.start();
  const [office, village] = await Promise.all(["office", "village"].map((pc) => serve(path.join(folder, pc))));
  return inFolder(folder, {
    folder,
    district,
    office,
    village,
    stop: () => Promise.all([office.stop(), village.stop(), district.stop()]),
  });
}

/** The district's own program; while it is stopped the PCs are offline. */
function districtOf(data, listen) {
  let running;
  return {
    async start() {
      const district = spawn(program("zhenxin-district"), ["serve", "--data", data, "--listen", listen], {
        env: ENVIRONMENT,
        stdio: ["ignore", "pipe", "ignore"],
      });
      running = { district, ended: new Promise((done) => district.once("exit", done)) };
      await firstLine(district, "the district");
    },
    async stop() {
      running?.district.kill("SIGTERM");
      await running?.ended;
      running = undefined;
    },
    /** Withdraws a PC of a town. */
    revoke: (town, device) =>
      promisify(execFile)(program("zhenxin-district"), ["revoke", "--data", data, "--town", town, "--device", device], {
        env: ENVIRONMENT,
      }),
  };
}

/** The first line that a program prints: it is ready then. */
function firstLine(started, name) {
  const lines = createInterface({ input: started.stdout });
  return new Promise((found, failed) => {
    lines.once("line", found);
    started.once("error", failed);
    started.once("exit", (code) => failed(new Error(`${name} ended with ${code} before it said its address`)));
  });
}

/** Stops with its folder. */
function inFolder(folder, host) {
  return {
    ...host,
    async stop() {
      await host.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts the program on a folder. */
export async function serve(data) {
  const ui = process.env.ZHENXIN_E2E_UI ?? path.join(REPOSITORY, "ui", "dist");
  const host = spawn(program("zhenxin-devhost"), ["--data", data, "--listen", "127.0.0.1:0", "--ui", ui], {
    env: ENVIRONMENT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((done) => host.once("exit", done));
  const first = firstLine(host, "the devhost");
  const entrance = JSON.parse(await first).open;
  return {
    entrance,
    async stop() {
      host.kill("SIGTERM");
      await ended;
    },
  };
}
