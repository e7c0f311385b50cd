#include "host/thunk/layout.h"

#include <bit>
#include <cstring>

#include <fmt/format.h>

namespace emulate {
namespace {

constexpr std::size_t round_up(std::size_t n, std::size_t align) {
  return (n + align - 1) & ~(align - 1);
}

constexpr bool is_signed(FieldKind kind) {
  switch (kind) {
    case FieldKind::i8:
    case FieldKind::i16:
    case FieldKind::i32:
    case FieldKind::i64:
    case FieldKind::slong:
    case FieldKind::time:
    case FieldKind::suseconds:
      return true;
    default:
      return false;
  }
}

struct Shape {
  std::size_t size;
  std::size_t align;
};

Shape shape_of(const Layout& layout, const DataModel& model);

Shape element_shape(const Field& f, const DataModel& model) {
  auto natural = [](std::size_t n) { return Shape{n, n}; };
  switch (f.kind) {
    case FieldKind::i8:
    case FieldKind::u8:
    case FieldKind::bytes:
      return natural(1);
    case FieldKind::i16:
    case FieldKind::u16:
      return natural(2);
    case FieldKind::i32:
    case FieldKind::u32:
      return natural(4);
    case FieldKind::i64:
    case FieldKind::u64:
      return {8, model.align64};
    case FieldKind::slong:
    case FieldKind::ulong:
    case FieldKind::pointer:
      return natural(model.long_bytes);
    case FieldKind::time:
      return model.time_bytes == 8 ? Shape{8, model.align64} : natural(model.time_bytes);
    case FieldKind::suseconds:
      return natural(model.suseconds_bytes);
    case FieldKind::record:
      return shape_of(*f.record, model);
  }
  return {0, 1};
}

/// Calls visit(field, shape, offset) for each field in order; returns the whole structure's shape.
template <class Visit>
Shape walk(const Layout& layout, const DataModel& model, Visit visit) {
  std::size_t offset = 0;
  std::size_t align = 1;
  for (const Field& f : layout.fields) {
    const Shape s = element_shape(f, model);
    offset = round_up(offset, s.align);
    visit(f, s, offset);
    offset += s.size * f.count;
    align = std::max(align, s.align);
  }
  return {round_up(offset, align), align};
}

Shape shape_of(const Layout& layout, const DataModel& model) {
  return walk(layout, model, [](const Field&, Shape, std::size_t) {});
}

bool fits(std::uint64_t value, FieldKind kind, std::size_t bytes) {
  if (bytes == 8) return true;
  const unsigned bits = static_cast<unsigned>(bytes) * 8;
  const auto s = static_cast<std::int64_t>(value);
  if (is_signed(kind)) return s >> (bits - 1) == 0 || s >> (bits - 1) == -1;
  return value >> bits == 0;
}

std::uint64_t sign_extend(std::uint64_t value, std::size_t bytes) {
  const unsigned shift = 64 - static_cast<unsigned>(bytes) * 8;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(value << shift) >> shift);
}

}  // namespace

std::size_t guest_size(const Layout& layout, const DataModel& model) {
  return shape_of(layout, model).size;
}

std::size_t guest_align(const Layout& layout, const DataModel& model) {
  return shape_of(layout, model).align;
}

std::size_t guest_offset(const Layout& layout, const DataModel& model, std::size_t index) {
  std::size_t result = 0;
  walk(layout, model, [&](const Field& f, Shape, std::size_t offset) {
    if (&f == &layout.fields[index]) result = offset;
  });
  return result;
}

void store_scalar(const DataModel& model, std::byte* out, std::uint64_t value, std::size_t bytes) {
  if (model.order == ByteOrder::big) value = __builtin_bswap64(value) >> (64 - bytes * 8);
  std::memcpy(out, &value, bytes);
}

std::uint64_t load_scalar(const DataModel& model, const std::byte* in, std::size_t bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, in, bytes);
  if (model.order == ByteOrder::big) value = __builtin_bswap64(value) >> (64 - bytes * 8);
  return value;
}

bool encode(const Layout& layout, const DataModel& model, const void* object,
            std::span<std::byte> out) {
  std::memset(out.data(), 0, out.size());
  bool all_fit = true;
  walk(layout, model, [&](const Field& f, Shape s, std::size_t offset) {
    if (f.element == nullptr) return;
    std::byte* to = out.data() + offset;
    auto element = [&](std::size_t i) { return f.element(const_cast<void*>(object), i); };
    if (f.kind == FieldKind::bytes) {
      std::memcpy(to, element(0), f.count);
      return;
    }
    for (std::size_t i = 0; i < f.count; ++i, to += s.size) {
      if (f.kind == FieldKind::record) {
        all_fit &= encode(*f.record, model, element(i), std::span(to, s.size));
      } else {
        const std::uint64_t value = f.get(element(i));
        all_fit &= fits(value, f.kind, s.size);
        store_scalar(model, to, value, s.size);
      }
    }
  });
  return all_fit;
}

bool convert(const Layout& layout, const DataModel& from, std::span<const std::byte> in,
             const DataModel& to, std::span<std::byte> out) {
  bool all_fit = true;
  std::size_t in_at = 0;
  walk(layout, to, [&](const Field& f, Shape target, std::size_t out_at) {
    const Shape source = element_shape(f, from);
    in_at = round_up(in_at, source.align);
    for (std::size_t i = 0; i < f.count; ++i, in_at += source.size, out_at += target.size) {
      if (f.kind == FieldKind::record) {
        all_fit &= convert(*f.record, from, in.subspan(in_at, source.size), to,
                           out.subspan(out_at, target.size));
        continue;
      }
      std::uint64_t value = load_scalar(from, &in[in_at], source.size);
      if (is_signed(f.kind)) value = sign_extend(value, source.size);
      all_fit &= fits(value, f.kind, target.size);
      store_scalar(to, &out[out_at], value, target.size);
    }
  });
  return all_fit;
}

void decode(const Layout& layout, const DataModel& model, std::span<const std::byte> in,
            void* object) {
  walk(layout, model, [&](const Field& f, Shape s, std::size_t offset) {
    if (f.element == nullptr) return;
    const std::byte* from = in.data() + offset;
    if (f.kind == FieldKind::bytes) {
      std::memcpy(f.element(object, 0), from, f.count);
      return;
    }
    for (std::size_t i = 0; i < f.count; ++i, from += s.size) {
      void* to = f.element(object, i);
      if (f.kind == FieldKind::record) {
        decode(*f.record, model, std::span(from, s.size), to);
      } else {
        const std::uint64_t raw = load_scalar(model, from, s.size);
        f.set(to, is_signed(f.kind) ? sign_extend(raw, s.size) : raw);
      }
    }
  });
}

namespace {

void format_element(const Field& f, void* element, std::string& out) {
  if (f.kind == FieldKind::record) {
    format(*f.record, element, out);
  } else if (f.kind == FieldKind::pointer) {
    fmt::format_to(std::back_inserter(out), "{:#x}", f.get(element));
  } else if (is_signed(f.kind)) {
    fmt::format_to(std::back_inserter(out), "{}", static_cast<std::int64_t>(f.get(element)));
  } else {
    fmt::format_to(std::back_inserter(out), "{}", f.get(element));
  }
}

void format_bytes(const char* text, std::size_t size, std::string& out) {
  out += '"';
  out.append(text, strnlen(text, size));
  out += '"';
}

}  // namespace

void format(const Layout& layout, const void* object, std::string& out) {
  if (layout.fields.size() == 1 && layout.fields[0].name[0] == '\0') {
    const Field& lone = layout.fields[0];
    if (lone.element != nullptr) format_element(lone, const_cast<void*>(object), out);
    return;
  }
  const char* separator = "{";
  for (const Field& f : layout.fields) {
    if (f.element == nullptr) continue;
    out += separator;
    separator = ", ";
    out += f.name;
    out += '=';
    auto element = [&](std::size_t i) { return f.element(const_cast<void*>(object), i); };
    if (f.kind == FieldKind::bytes) {
      format_bytes(static_cast<const char*>(element(0)), f.count, out);
      continue;
    }
    if (f.count > 1) out += '[';
    for (std::size_t i = 0; i < f.count; ++i) {
      if (i > 0) out += ", ";
      format_element(f, element(i), out);
    }
    if (f.count > 1) out += ']';
  }
  out += '}';
}

}  // namespace emulate
