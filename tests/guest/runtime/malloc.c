/* Power-of-two free lists over mmap; each block is headed by its class. */
#include "runtime.h"
#include "thread.h"

/* kHeader keeps what the caller gets aligned to 16. */
enum { kFirst = 5, kClasses = 26, kChunk = 1 << 18, kHeader = 16 };

struct block {
  uintptr_t size_class;
  struct block* next;
};

static struct block* lists[kClasses];
static struct umutex lock;

static struct block* fresh(unsigned size_class) {
  size_t size = (size_t)1 << size_class;
  size_t chunk = size > kChunk ? size : kChunk;
  char* p = mmap(NULL, chunk, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (p == MAP_FAILED) return NULL;
  for (size_t at = 0; at + size <= chunk; at += size) {
    struct block* b = (struct block*)(p + at);
    b->size_class = size_class;
    b->next = lists[size_class];
    lists[size_class] = b;
  }
  return lists[size_class];
}

void* malloc(size_t size) {
  unsigned size_class = kFirst;
  while (size_class < kClasses && ((size_t)1 << size_class) < size + kHeader) size_class++;
  if (size_class == kClasses) return NULL;
  mutex_lock(&lock);
  struct block* b = lists[size_class];
  if (!b) b = fresh(size_class);
  if (b) lists[size_class] = b->next;
  mutex_unlock(&lock);
  return b ? (char*)b + kHeader : NULL;
}

void* calloc(size_t count, size_t size) {
  if (size != 0 && count > (size_t)-1 / size) return NULL;
  void* p = malloc(count * size);
  return p ? memset(p, 0, count * size) : NULL;
}

void free(void* p) {
  if (!p) return;
  struct block* b = (struct block*)((char*)p - kHeader);
  mutex_lock(&lock);
  b->next = lists[b->size_class];
  lists[b->size_class] = b;
  mutex_unlock(&lock);
}
