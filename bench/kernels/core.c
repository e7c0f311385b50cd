/* What embedded programs do all day, in the proportions of the well-known benchmark of cores: a
 * linked list that is searched, sorted by merging and reversed; products of small integer matrices;
 * a state machine that reads numbers; a CRC over all results. */
#include "bench.h"

enum { kItems = 120, kSide = 12, kText = 400 };

static uint16_t crc16(uint32_t value, uint16_t crc) {
  for (int bit = 0; bit < 32; bit++, value >>= 1) {
    crc = (uint16_t)(((value ^ crc) & 1) ? crc >> 1 ^ 0xa001 : crc >> 1);
  }
  return crc;
}

/* The list. Keys and indexes lie apart from the links, as in programs with records. */

struct record {
  int16_t key, index;
};
struct item {
  struct item* next;
  struct record* record;
};
typedef int compare(const struct record*, const struct record*);

static int by_key(const struct record* a, const struct record* b) { return a->key - b->key; }
static int by_index(const struct record* a, const struct record* b) { return a->index - b->index; }

static struct item* merge(struct item* a, struct item* b, compare* order) {
  struct item *first = 0, **last = &first;
  while (a && b) {
    struct item** least = order(a->record, b->record) <= 0 ? &a : &b;
    *last = *least;
    last = &(*last)->next;
    *least = *last;
  }
  *last = a ? a : b;
  return first;
}

static struct item* sort(struct item* list, compare* order) {
  struct item *slow = list, *fast = list;
  if (!list || !list->next) return list;
  while (fast->next && fast->next->next) {
    slow = slow->next;
    fast = fast->next->next;
  }
  struct item* second = slow->next;
  slow->next = 0;
  return merge(sort(list, order), sort(second, order), order);
}

static struct item* reverse(struct item* list) {
  struct item* result = 0;
  while (list) {
    struct item* next = list->next;
    list->next = result;
    result = list;
    list = next;
  }
  return result;
}

static const struct item* find(const struct item* list, int16_t key) {
  while (list && list->record->key != key) list = list->next;
  return list;
}

static uint16_t lists(uint32_t seed) {
  static struct item items[kItems];
  static struct record records[kItems];
  uint16_t crc = (uint16_t)seed;
  for (int i = 0; i < kItems; i++) {
    seed = seed * 1664525u + 1013904223u;
    records[i] = (struct record){(int16_t)(seed >> 24), (int16_t)i};
    items[i] = (struct item){i + 1 < kItems ? &items[i + 1] : 0, &records[i]};
  }
  struct item* list = items;
  for (int16_t key = 0; key < 32; key++) {
    const struct item* found = find(list, (int16_t)(key * 8));
    crc = crc16(found ? (uint32_t)found->record->index : 0xffff, crc);
    list = reverse(list);
  }
  list = sort(list, by_key);
  for (const struct item* i = list; i; i = i->next) crc = crc16((uint32_t)i->record->index, crc);
  list = sort(list, by_index);
  return crc16((uint32_t)list->next->record->key, crc);
}

/* The matrices: 16-bit elements, 32-bit results. */

typedef int16_t matrix[kSide][kSide];

static uint32_t products(matrix a, matrix b, int16_t by) {
  uint32_t sum = 0;
  for (int i = 0; i < kSide; i++) {
    for (int k = 0; k < kSide; k++) a[i][k] = (int16_t)(a[i][k] + by);
  }
  for (int i = 0; i < kSide; i++) { /* with a vector: the first line of b */
    int32_t cell = 0;
    for (int k = 0; k < kSide; k++) cell += a[i][k] * b[0][k];
    sum = sum * 3 + (uint32_t)cell;
  }
  for (int i = 0; i < kSide; i++) {
    for (int k = 0; k < kSide; k++) {
      int32_t whole = 0;
      uint32_t fields = 0;
      for (int j = 0; j < kSide; j++) {
        int32_t product = a[i][j] * b[j][k];
        whole += product;
        fields += (uint32_t)(product >> 2 & 15) * (uint32_t)(product >> 5 & 127);
      }
      sum = sum * 31 + (uint32_t)whole + fields;
    }
  }
  for (int i = 0; i < kSide; i++) {
    for (int k = 0; k < kSide; k++) a[i][k] = (int16_t)(a[i][k] - by);
  }
  return sum;
}

/* The state machine: which of the words, separated by commas, are numbers, and of which kind. */

enum state { start, sign, integer, point, fraction, exponent, power, invalid, kStates };

static enum state after(enum state state, uint8_t c) {
  int digit = c >= '0' && c <= '9';
  switch (state) {
    case start:
      if (c == '+' || c == '-') return sign;
      return digit ? integer : c == '.' ? point : invalid;
    case sign:
      return digit ? integer : c == '.' ? point : invalid;
    case integer:
      return digit ? integer : c == '.' ? point : c == 'e' ? exponent : invalid;
    case point:
      return digit ? fraction : invalid;
    case fraction:
      return digit ? fraction : c == 'e' ? exponent : invalid;
    case exponent:
      return digit || c == '-' ? power : invalid;
    case power:
      return digit ? power : invalid;
    default:
      return invalid;
  }
}

static uint32_t states(const uint8_t* text, unsigned size) {
  uint32_t seen[kStates] = {0}, ended[kStates] = {0}, sum = 0;
  enum state state = start;
  for (unsigned i = 0; i < size; i++) {
    if (text[i] == ',') {
      ended[state]++;
      state = start;
    } else {
      state = after(state, text[i]);
      seen[state]++;
    }
  }
  for (int i = 0; i < kStates; i++) sum = sum * 31 + seen[i] * 7 + ended[i];
  return sum;
}

static void write_numbers(uint8_t* text, uint32_t seed) {
  static const char words[8][9] = {"5012,",    "-874,",    "+122,",   "35.54400,",
                                   ".123450,", "-110.70,", "5.5e-3,", "T0.3e-1F"};
  for (unsigned i = 0; i < kText;) {
    seed = seed * 1664525u + 1013904223u;
    for (const char* c = words[seed >> 29]; *c && i < kText; c++) text[i++] = (uint8_t)*c;
  }
}

uint64_t kernel(unsigned rounds) {
  static matrix a, b;
  static uint8_t text[kText];
  uint16_t crc = 0;
  uint64_t sum = 0;
  for (int i = 0; i < kSide; i++) {
    for (int k = 0; k < kSide; k++) {
      a[i][k] = (int16_t)(i * 17 - k * 3);
      b[i][k] = (int16_t)(k * 11 - i * 5);
    }
  }
  for (unsigned round = 0; round < rounds * 10; round++) {
    crc = crc16(lists(round * 2654435761u + crc), crc);
    crc = crc16(products(a, b, (int16_t)(round & 63)), crc);
    write_numbers(text, round + crc);
    for (unsigned i = 0; i < kText; i += 11) text[i] ^= (uint8_t)(crc & 7);
    crc = crc16(states(text, kText), crc);
    sum = sum * 31 + crc;
  }
  return sum;
}
