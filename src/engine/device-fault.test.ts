import { describe, expect, it } from 'vitest';
import { deviceFault } from './device-fault.ts';

/* The messages are those of onnxruntime-node 1.30. */

describe('deviceFault', () => {
  it('tells what a missing GPU takes', () => {
    const noAdapter =
      'webgpu_context.cc:136 onnxruntime::webgpu::WebGpuContext::Initialize adapter_result.status == wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported adapters';
    expect(deviceFault('webgpu', noAdapter)).toMatch(/^The device webgpu is not available\. .*Vulkan.*the device cpu/);
    const noLibrary = 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library';
    expect(deviceFault('cuda', noLibrary)).toMatch(
      /^The device cuda is not available\. .*experimental.*NVIDIA.*cuda12/,
    );
    expect(deviceFault('cuda', 'no available backend found. ERR: [cuda] backend not found.')).toContain('experimental');
  });

  it('tells of an operation that the device lacks, and of memory that ran out', () => {
    const fallback =
      'This session contains graph nodes that are assigned to the default CPU EP, but fallback to CPU EP has been explicitly disabled by the user.';
    expect(deviceFault('webgpu', fallback)).toMatch(/^The device webgpu lacks an operation/);
    expect(deviceFault('webgpu', 'WebGPU device error(2): Out of memory')).toMatch(
      /failed \(WebGPU device error\(2\): Out of memory\); most likely/,
    );
  });

  it('leaves everything else, and the CPU, alone', () => {
    expect(deviceFault('webgpu', 'no model is loaded under the name loss')).toBeNull();
    expect(deviceFault('cpu', 'out of memory')).toBeNull();
    expect(deviceFault('cpu', 'Failed to load shared library')).toBeNull();
  });
});
