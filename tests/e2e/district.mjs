// The real district program on the demonstration's data, at a free loopback port, with an account for its console.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { ENVIRONMENT, program } from "./devhost.mjs";

/** The administrator as the server's terminal made them: to be changed at the first sign-in. */
export const FIRST = { name: "quguanli", password: "first-way-in-7749" };

/** Runs a command of the district program on its data. */
async function command(data, words, input = "") {
  const running = promisify(execFile)(program("zhenxin-district"), [...words, "--data", data], { env: ENVIRONMENT });
  running.child.stdin.end(input);
  return (await running).stdout;
}

/** Builds the demonstration anew and serves its district. Gives the address and how to stop. */
export async function startDistrict() {
  const folder = await mkdtemp(path.join(tmpdir(), "zhenxin-e2e-district-"));
  await promisify(execFile)(program("demo"), ["--data", folder], { env: ENVIRONMENT });
  const { district } = JSON.parse(await readFile(path.join(folder, "demo.json"), "utf8"));
  const data = path.join(folder, district);
  await command(data, ["account", "add", FIRST.name, "--password-stdin"], `${FIRST.password}\n`);
  const host = spawn(program("zhenxin-district"), ["serve", "--data", data, "--listen", "127.0.0.1:0"], {
    env: { ...ENVIRONMENT, RUST_LOG: "warn" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((done) => host.once("exit", done));
  const first = new Promise((found, failed) => {
    createInterface({ input: host.stdout }).once("line", found);
    host.once("error", failed);
    host.once("exit", (code) => failed(new Error(`the district ended with ${code} before it said its address`)));
  });
  const url = /https:\/\/\S+/.exec(await first)[0];
  return {
    url,
    accounts: () => command(data, ["account", "list"]),
    async stop() {
      host.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
