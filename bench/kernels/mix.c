/* A bit of everything that ordinary programs do: a state machine over text, a CRC, a linked list, a
 * small matrix. */
#include "bench.h"

enum { kSide = 20, kItems = 64 };

static uint32_t crc(uint32_t sum, const uint8_t* data, unsigned size) {
  for (unsigned i = 0; i < size; i++) {
    sum ^= data[i];
    for (int bit = 0; bit < 8; bit++) sum = sum & 1 ? sum >> 1 ^ 0xedb88320u : sum >> 1;
  }
  return sum;
}

static unsigned words(const uint8_t* text, unsigned size) {
  enum { blank, word, number } state = blank;
  unsigned found = 0;
  for (unsigned i = 0; i < size; i++) {
    uint8_t c = text[i];
    if (c >= 'a' && c <= 'z') {
      if (state != word) found++;
      state = word;
    } else if (c >= '0' && c <= '9') {
      if (state == blank) found += 2;
      state = state == word ? word : number;
    } else {
      state = blank;
    }
  }
  return found;
}

struct item {
  struct item* next;
  uint32_t key;
};

static struct item* sorted(struct item* list) { /* by insertion */
  struct item* result = 0;
  while (list) {
    struct item *one = list, **at = &result;
    list = list->next;
    while (*at && (*at)->key < one->key) at = &(*at)->next;
    one->next = *at;
    *at = one;
  }
  return result;
}

uint64_t kernel(unsigned rounds) {
  static uint8_t text[1024];
  static struct item items[kItems];
  static int32_t m[kSide][kSide], p[kSide][kSide];
  uint32_t seed = 12345, sum = 0;
  uint64_t total = 0;
  for (unsigned round = 0; round < rounds * 10; round++) {
    for (unsigned i = 0; i < sizeof text; i++) {
      seed = seed * 1664525u + 1013904223u;
      text[i] = " abcdefghijklmnopqrstuvwxyz01234"[seed >> 27];
    }
    sum = crc(sum, text, 256);
    total += words(text, sizeof text);
    for (int i = 0; i < kItems; i++) {
      items[i].key = sum * (uint32_t)(i * 2 + 1) >> 8;
      items[i].next = i + 1 < kItems ? &items[i + 1] : 0;
    }
    for (struct item* i = sorted(items); i; i = i->next) total = total * 3 + i->key;
    for (int i = 0; i < kSide; i++) {
      for (int k = 0; k < kSide; k++) m[i][k] = text[i * kSide + k] - 64;
    }
    for (int i = 0; i < kSide; i++) {
      for (int k = 0; k < kSide; k++) {
        int32_t v = 0;
        for (int j = 0; j < kSide; j++) v += m[i][j] * m[j][k];
        p[i][k] = v;
      }
    }
    total += (uint32_t)p[round % kSide][3];
  }
  return total ^ (uint64_t)sum << 32;
}
