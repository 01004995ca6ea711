import { existsSync } from 'node:fs';

/** Where Debian's package chromium-common has a Vulkan driver that computes on the CPU, and the library that loads it. */
const CHROMIUM = '/usr/lib/chromium';

/**
 * Makes compute processes that start from now on find a software GPU. Drivers that the environment names already, by
 * VK_DRIVER_FILES, are taken instead.
 * @returns why there is none; null where there is one
 */
export function useSoftwareGpu(): string | null {
  if (process.env.VK_DRIVER_FILES !== undefined) return null;
  const driver = `${CHROMIUM}/vk_swiftshader_icd.json`;
  if (!existsSync(driver)) return `there is no software GPU: ${driver} is missing (apt-get install chromium-common)`;
  process.env.VK_DRIVER_FILES = driver;
  process.env.LD_LIBRARY_PATH = [CHROMIUM, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return null;
}
