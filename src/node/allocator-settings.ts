/** Must not be in a setting already: the first of several would count. */
const HUGE_PAGES = 'glibc.malloc.hugetlb';

/**
 * Environment of the compute process, for glibc's allocator, which reads it once, when a process starts (elsewhere it has no effect):
 * blocks are kept instead of mapping and unmapping each tensor, which is half the time of a training step at the same memory,
 * and stand on huge pages, so that a gigabyte is touched first in 500 page faults and not in 250,000: a third of the time of the
 * first step or of a short prediction.
 *
 * @param environment the process's own, whose GLIBC_TUNABLES stay
 */
export function allocatorSettings(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given = environment.GLIBC_TUNABLES ?? '';
  const tunables = given.includes(HUGE_PAGES)
    ? given
    : [given, `${HUGE_PAGES}=1`].filter((text) => text !== '').join(':');
  return {
    MALLOC_MMAP_THRESHOLD_: '8589934592',
    MALLOC_TRIM_THRESHOLD_: '34359738368',
    GLIBC_TUNABLES: tunables,
  };
}
