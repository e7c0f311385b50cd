#pragma once

/// Guest structure layouts, written once for every data model.
///
/// A structure is a neutral C++ struct plus a list of its fields in the guest's order:
///
///     struct Timespec { Time tv_sec; Long tv_nsec; };
///     template <> inline constexpr auto kFields<Timespec> = fields(
///         field<&Timespec::tv_sec>("tv_sec"), field<&Timespec::tv_nsec>("tv_nsec"));
///
/// Sizes, offsets and byte order follow from the member types and the DataModel at run time, so
/// handlers compile once. Members that differ between models use the scalar types below (Long,
/// ULong, Time, GuestAddr); fixed-width integers, enums of them, arrays, and other described
/// structs stand for themselves. Padding follows the C rules; where a kernel structure has
/// explicit spare members, list them as members or as `pad<T>(count)`.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "emulate/types.h"

namespace emulate {

/// How a field is stored in the guest.
enum class FieldKind : std::uint8_t {
  i8,
  u8,
  i16,
  u16,
  i32,
  u32,
  i64,
  u64,
  slong,
  ulong,
  time,
  suseconds,
  pointer,  ///< width from the DataModel
  bytes,    ///< uninterpreted bytes (char arrays)
  record,   ///< another described structure
};

/// A scalar whose guest width depends on the data model. Behaves as its representation.
template <FieldKind K, class Rep>
struct ModelScalar {
  Rep value{};
  constexpr ModelScalar() = default;
  constexpr ModelScalar(Rep v) : value(v) {}        // NOLINT: behaves as Rep
  constexpr operator Rep() const { return value; }  // NOLINT
};
using Long = ModelScalar<FieldKind::slong, std::int64_t>;
using ULong = ModelScalar<FieldKind::ulong, std::uint64_t>;
using Time = ModelScalar<FieldKind::time, std::int64_t>;
using Suseconds = ModelScalar<FieldKind::suseconds, std::int64_t>;

struct Layout;

/// One field of a layout: how to reach it in the neutral struct, and how the guest stores it.
struct Field {
  const char* name = "";
  FieldKind kind = FieldKind::bytes;
  std::uint32_t count = 1;         ///< elements of an array member
  const Layout* record = nullptr;  ///< for FieldKind::record
  /// Address of element `i` in the neutral object; nullptr function for padding.
  void* (*element)(void* object, std::size_t i) = nullptr;
  std::uint64_t (*get)(const void* element) = nullptr;
  void (*set)(void* element, std::uint64_t value) = nullptr;
};

/// A described structure.
struct Layout {
  const char* name = "";  ///< the C name: "timespec", for traces and layout checks
  std::span<const Field> fields;
};

template <class T>
struct LayoutName {
  static constexpr const char* value = "";
};

/// Specialised per structure: `inline constexpr auto kFields<T> = fields(...)`.
template <class T>
inline constexpr int kFields = 0;
/// The C name of a structure, specialised beside kFields.
template <class T>
inline constexpr const char* kStructName = "";

template <class T>
inline constexpr Layout kLayout{kStructName<T>, std::span<const Field>(kFields<T>)};

namespace detail {

template <class T>
struct ScalarKind;
template <FieldKind K, class Rep>
struct ScalarKind<ModelScalar<K, Rep>> {
  static constexpr FieldKind value = K;
};
template <>
struct ScalarKind<GuestAddr> {
  static constexpr FieldKind value = FieldKind::pointer;
};

template <class T>
constexpr FieldKind kind_of() {
  if constexpr (std::is_enum_v<T>) {
    return kind_of<std::underlying_type_t<T>>();
  } else if constexpr (std::is_integral_v<T>) {
    constexpr bool is_signed = std::is_signed_v<T>;
    switch (sizeof(T)) {
      case 1:
        return is_signed ? FieldKind::i8 : FieldKind::u8;
      case 2:
        return is_signed ? FieldKind::i16 : FieldKind::u16;
      case 4:
        return is_signed ? FieldKind::i32 : FieldKind::u32;
      default:
        return is_signed ? FieldKind::i64 : FieldKind::u64;
    }
  } else if constexpr (requires { ScalarKind<T>::value; }) {
    return ScalarKind<T>::value;
  } else {
    return FieldKind::record;
  }
}

template <class T>
std::uint64_t get_scalar(const void* p) {
  const T& v = *static_cast<const T*>(p);
  if constexpr (std::is_same_v<T, GuestAddr>) {
    return v.value;
  } else if constexpr (requires { v.value; }) {
    return static_cast<std::uint64_t>(v.value);
  } else {
    return static_cast<std::uint64_t>(v);
  }
}

template <class T>
void set_scalar(void* p, std::uint64_t value) {
  T& v = *static_cast<T*>(p);
  if constexpr (std::is_same_v<T, GuestAddr>) {
    v.value = value;
  } else if constexpr (requires { v.value; }) {
    v.value = static_cast<decltype(v.value)>(value);
  } else {
    v = static_cast<T>(value);
  }
}

template <class M>
struct MemberOf;
template <class C, class T>
struct MemberOf<T C::*> {
  using Class = C;
  using Type = T;
};

template <class T>
struct Extent {
  using Element = T;
  static constexpr std::uint32_t count = 1;
};
template <class T, std::size_t N>
struct Extent<T[N]> {
  using Element = T;
  static constexpr std::uint32_t count = N;
};
template <class T, std::size_t N>
struct Extent<std::array<T, N>> {
  using Element = T;
  static constexpr std::uint32_t count = N;
};

}  // namespace detail

/// Describes a member. char arrays are bytes; other arrays are element by element.
template <auto Member>
constexpr Field field(const char* name) {
  using M = detail::MemberOf<decltype(Member)>;
  using E = detail::Extent<typename M::Type>;
  using T = typename E::Element;
  Field f;
  f.name = name;
  f.count = E::count;
  f.kind = std::is_same_v<T, char> && E::count > 1 ? FieldKind::bytes : detail::kind_of<T>();
  f.element = [](void* object, std::size_t i) -> void* {
    auto& member = static_cast<typename M::Class*>(object)->*Member;
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(member)>, T>) {
      (void)i;
      return &member;
    } else {
      return &member[i];
    }
  };
  if constexpr (detail::kind_of<T>() == FieldKind::record) {
    f.record = &kLayout<T>;
  } else {
    f.get = &detail::get_scalar<T>;
    f.set = &detail::set_scalar<T>;
  }
  return f;
}

/// `count` elements of type T that carry nothing: zero when encoded, skipped when decoded.
template <class T>
constexpr Field pad(std::uint32_t count = 1) {
  Field f;
  f.name = "";
  f.count = count;
  f.kind = detail::kind_of<T>();
  return f;
}

template <class... F>
constexpr std::array<Field, sizeof...(F)> fields(F... f) {
  return {f...};
}

/// A lone scalar is a layout of one nameless field, so that In<std::int32_t>, Out<Long> and the
/// like work as they do for structures.
template <class T>
constexpr Field scalar() {
  Field f;
  f.kind = detail::kind_of<T>();
  f.element = [](void* object, std::size_t) { return object; };
  f.get = &detail::get_scalar<T>;
  f.set = &detail::set_scalar<T>;
  return f;
}

template <class T>
requires(detail::kind_of<T>() !=
         FieldKind::record) inline constexpr auto kFields<T> = fields(scalar<T>());

/// sizeof and alignof of a layout in a data model.
std::size_t guest_size(const Layout& layout, const DataModel& model);
std::size_t guest_align(const Layout& layout, const DataModel& model);
/// offsetof of the field at `index`.
std::size_t guest_offset(const Layout& layout, const DataModel& model, std::size_t index);

/// Writes the neutral object into `out` (guest_size bytes). False when a value does not fit the
/// guest's field (the caller answers EOVERFLOW); the bytes are then truncated values.
bool encode(const Layout& layout, const DataModel& model, const void* object,
            std::span<std::byte> out);
/// Reads the neutral object from guest bytes.
void decode(const Layout& layout, const DataModel& model, std::span<const std::byte> in,
            void* object);
/// From one model's bytes to another's. False when a value does not fit.
bool convert(const Layout& layout, const DataModel& from, std::span<const std::byte> in,
             const DataModel& to, std::span<std::byte> out);
/// Appends "{tv_sec=1, tv_nsec=0}".
void format(const Layout& layout, const void* object, std::string& out);

template <class T>
std::size_t guest_size(const DataModel& model) {
  return guest_size(kLayout<T>, model);
}
template <class T>
bool encode(const DataModel& model, const T& value, std::span<std::byte> out) {
  return encode(kLayout<T>, model, &value, out);
}
template <class T>
T decode(const DataModel& model, std::span<const std::byte> in) {
  T value{};
  decode(kLayout<T>, model, in, &value);
  return value;
}

/// One scalar of `bytes` (1, 2, 4 or 8) in the guest's byte order.
void store_scalar(const DataModel& model, std::byte* out, std::uint64_t value, std::size_t bytes);
std::uint64_t load_scalar(const DataModel& model, const std::byte* in, std::size_t bytes);

}  // namespace emulate
