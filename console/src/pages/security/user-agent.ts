// Describes the device behind a User-Agent header, so that users recognise their own sessions.
import { messages } from "../../messages";

const browsers: [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\/|FxiOS\//, "Firefox"],
  [/Chrome\/|CriOS\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const systems: [RegExp, string][] = [
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X|Macintosh/, "macOS"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];

export function describeUserAgent(userAgent: string | null | undefined): { device: string; isPhone: boolean } {
  const agent = userAgent ?? "";
  const browser = browsers.find(([mark]) => mark.test(agent))?.[1];
  const system = systems.find(([mark]) => mark.test(agent))?.[1];
  const isPhone = /iPhone|Android.*Mobile/.test(agent);
  if (browser && system) return { device: messages.security.device(browser, system), isPhone };
  return { device: browser ?? system ?? (agent.slice(0, 200) || messages.security.unknownDevice), isPhone };
}
