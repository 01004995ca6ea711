import { describe, expect, it } from 'vitest';
import { allocatorSettings } from './allocator-settings.ts';

describe('allocatorSettings', () => {
  it('keeps large blocks and asks for huge pages', () => {
    expect(allocatorSettings({})).toEqual({
      MALLOC_MMAP_THRESHOLD_: '8589934592',
      MALLOC_TRIM_THRESHOLD_: '34359738368',
      GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
    });
  });

  it('leaves other tunables in force, and a choice of huge pages to the user', () => {
    const tunables = (given: string) => allocatorSettings({ GLIBC_TUNABLES: given }).GLIBC_TUNABLES;
    expect(tunables('glibc.malloc.arena_max=2')).toBe('glibc.malloc.arena_max=2:glibc.malloc.hugetlb=1');
    expect(tunables('glibc.malloc.hugetlb=0')).toBe('glibc.malloc.hugetlb=0');
  });
});
