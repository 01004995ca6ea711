import type { Device } from './engine.ts';

interface KnownFault {
  readonly device: Device;
  readonly pattern: RegExp;
  readonly advice: string;
}

const KNOWN: readonly KnownFault[] = [
  {
    device: 'webgpu',
    pattern: /Failed to get a WebGPU|backend not found/,
    advice:
      'No GPU was found that WebGPU can use. It takes a GPU with its driver, on Linux a Vulkan driver and the library libvulkan.so.1, and a build of ONNX Runtime with WebGPU; the device cpu needs none of these.',
  },
  {
    device: 'cuda',
    pattern: /Failed to load shared library|CUDA execution provider is not enabled|backend not found/,
    advice:
      "CUDA could not be loaded; it is experimental. It takes Linux on x64, an NVIDIA GPU with its driver, CUDA 12 and cuDNN 9, and ONNX Runtime's CUDA binaries, which its installer downloads: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node. The device cpu needs none of these.",
  },
];

/**
 * What a message of ONNX Runtime about a GPU comes to, and what to do; null where it says nothing about the device itself.
 */
export function deviceFault(device: Device, message: string): string | null {
  const known = KNOWN.find((fault) => fault.device === device && fault.pattern.test(message));
  if (known !== undefined) return `The device ${device} is not available. ${known.advice}`;
  if (device !== 'cpu' && /fallback to CPU EP has been explicitly disabled/.test(message)) {
    return `The device ${device} lacks an operation that this network or loss needs, and rarevox does not move it to the CPU: take the device cpu, and report this.`;
  }
  if (device !== 'cpu' && /device (is )?lost|out of (device )?memory|CUDA error|CUDA failure/i.test(message)) {
    return `The device ${device} failed (${message.trim()}); most likely its memory ran out: take a smaller patch, a smaller batch or a smaller preset, or the device cpu.`;
  }
  return null;
}
