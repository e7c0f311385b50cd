#include "runtime.h"

struct sink {
  char* to;
  size_t size, used;
};

static void put(struct sink* s, char c) {
  if (s->used + 1 < s->size) s->to[s->used] = c;
  s->used++;
}

struct spec {
  bool left, zero;
  int width, precision, longs;
};

static void put_padded(struct sink* s, const struct spec* spec, const char* text, size_t length) {
  size_t pad = spec->width > (int)length ? (size_t)spec->width - length : 0;
  bool sign_first = spec->zero && length != 0 && *text == '-';
  if (sign_first) put(s, '-');
  if (!spec->left) {
    for (; pad != 0; pad--) put(s, spec->zero ? '0' : ' ');
  }
  for (size_t i = sign_first; i < length; i++) put(s, text[i]);
  for (; pad != 0; pad--) put(s, ' ');
}

static void put_number(struct sink* s, const struct spec* spec, uint64_t value, bool negative,
                       unsigned base) {
  char text[24];
  size_t at = sizeof text;
  do {
    text[--at] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);
  if (negative) text[--at] = '-';
  put_padded(s, spec, text + at, sizeof text - at);
}

static const char* parse(const char* f, struct spec* spec) {
  *spec = (struct spec){.precision = -1};
  for (;; f++) {
    if (*f == '-') {
      spec->left = true;
    } else if (*f == '0') {
      spec->zero = true;
    } else {
      break;
    }
  }
  for (; *f >= '0' && *f <= '9'; f++) spec->width = spec->width * 10 + *f - '0';
  if (*f == '.') {
    spec->precision = 0;
    for (f++; *f >= '0' && *f <= '9'; f++) spec->precision = spec->precision * 10 + *f - '0';
  }
  for (; *f == 'l' || *f == 'z' || *f == 'h'; f++) {
    if (*f == 'l') spec->longs++;
    if (*f == 'z') spec->longs = sizeof(size_t) == sizeof(long) ? 1 : 0;
  }
  return f;
}

int vsnprintf(char* to, size_t size, const char* f, va_list args) {
  struct sink s = {to, size, 0};
  for (; *f; f++) {
    if (*f != '%') {
      put(&s, *f);
      continue;
    }
    struct spec spec;
    f = parse(f + 1, &spec);
    switch (*f) {
      case 'd':
      case 'i': {
        int64_t v = spec.longs == 0   ? va_arg(args, int)
                    : spec.longs == 1 ? va_arg(args, long)
                                      : va_arg(args, long long);
        put_number(&s, &spec, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0, 10);
        break;
      }
      case 'u':
      case 'x': {
        uint64_t v = spec.longs == 0   ? va_arg(args, unsigned)
                     : spec.longs == 1 ? va_arg(args, unsigned long)
                                       : va_arg(args, unsigned long long);
        put_number(&s, &spec, v, false, *f == 'u' ? 10 : 16);
        break;
      }
      case 'p':
        put(&s, '0');
        put(&s, 'x');
        put_number(&s, &spec, (uintptr_t)va_arg(args, void*), false, 16);
        break;
      case 's': {
        const char* text = va_arg(args, const char*);
        if (!text) text = "(null)";
        size_t length = 0;
        while (text[length] && (spec.precision < 0 || length < (size_t)spec.precision)) length++;
        put_padded(&s, &spec, text, length);
        break;
      }
      case 'c': {
        char c = (char)va_arg(args, int);
        put_padded(&s, &spec, &c, 1);
        break;
      }
      default:
        put(&s, *f);
        break;
    }
  }
  if (size != 0) to[s.used < size ? s.used : size - 1] = 0;
  return (int)s.used;
}

int snprintf(char* to, size_t size, const char* format, ...) {
  va_list args;
  va_start(args, format);
  int n = vsnprintf(to, size, format, args);
  va_end(args);
  return n;
}

/* One write per call, so that lines of several threads or processes stay whole. */
static int print_to(int fd, const char* format, va_list args) {
  char text[1024];
  int n = vsnprintf(text, sizeof text, format, args);
  if (n > (int)sizeof text - 1) n = sizeof text - 1;
  return (int)write(fd, text, (size_t)n);
}

int printf(const char* format, ...) {
  va_list args;
  va_start(args, format);
  int n = print_to(1, format, args);
  va_end(args);
  return n;
}

int dprintf(int fd, const char* format, ...) {
  va_list args;
  va_start(args, format);
  int n = print_to(fd, format, args);
  va_end(args);
  return n;
}
