// The networks on which the program may exchange, as people write them: 10.21.0.0/16.

/** `SaveSyncSettings.only_on` allows no more. */
export const NETWORKS_MAX = 20;

const V4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/;
const V4_BITS_MAX = 32;
const OCTET_MAX = 255;
/** The rest of an IPv6 network is judged by the program. */
const V6 = /^[0-9a-f:]*:[0-9a-f:.]*(?:\/\d{1,3})?$/;

function isNetwork(line: string): boolean {
  const v4 = V4.exec(line);
  if (v4 === null) return V6.test(line);
  const [, a, b, c, d, bits] = v4;
  return [a, b, c, d].every((octet) => Number(octet) <= OCTET_MAX) && Number(bits ?? 0) <= V4_BITS_MAX;
}

/** The lines as networks, each once, and the first problem in words. */
export function readNetworks(text: string): { networks: string[]; problem?: string } {
  const lines = text
    .split(/[\s,，、;；]+/)
    .map((line) => line.toLowerCase().replaceAll("。", ".").replaceAll("／", "/"))
    .filter((line) => line !== "");
  const networks = [...new Set(lines)];
  const wrong = networks.find((line) => !isNetwork(line));
  if (wrong !== undefined) {
    return { networks, problem: `“${wrong}”不像网段，应像 10.21.0.0/16；不清楚就问网络管理员` };
  }
  return { networks, problem: networks.length > NETWORKS_MAX ? `最多写 ${NETWORKS_MAX} 个网段` : undefined };
}
