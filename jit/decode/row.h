#pragma once

/// A guest instruction as a row of data: name, encoding, what translates it.

#include <type_traits>
#include <utility>

#include "jit/decode/field.h"
#include "jit/decode/pattern.h"

namespace emulate::jit::decode {

/// V is the plugin's translator class.
template <class V>
struct Row {
  const char* name;
  Pattern pattern;
  void (*translate)(V&, std::uint32_t word);  ///< nullptr: not implemented, but known
  std::uint32_t needs;                        ///< feature bits without which it is illegal
  bool special;  ///< meant to overlap a more general row, and wins over it
};

namespace detail {

template <class>
struct Method;
template <class V, class... Args>
struct Method<void (V::*)(Args...)> {
  using Class = V;
  static constexpr std::size_t kArgs = sizeof...(Args);

  template <auto kHandler, Text kText>
  static void invoke(V& v, std::uint32_t word) {
    static constexpr Pattern kPattern = parse(kText);
    static_assert(kPattern.field_count == kArgs, "one parameter a field, in order of appearance");
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (v.*kHandler)(Args(extract<kPattern.fields[I].mask>(word))...);
    }
    (std::index_sequence_for<Args...>{});
  }
};

}  // namespace detail

/// A row translated by the member function kHandler, whose parameters are the fields of kText.
template <Text kText, auto kHandler>
constexpr auto row(const char* name, std::uint32_t needs = 0) {
  using M = detail::Method<decltype(kHandler)>;
  return Row<typename M::Class>{name, parse(kText), &M::template invoke<kHandler, kText>, needs,
                                false};
}
/// One that takes words from a more general row.
template <Text kText, auto kHandler>
constexpr auto special(const char* name, std::uint32_t needs = 0) {
  auto r = row<kText, kHandler>(name, needs);
  r.special = true;
  return r;
}
/// Known and not implemented: illegal for the guest, visible to the reader and the coverage list.
template <class V, Text kText>
constexpr Row<V> unimplemented(const char* name, std::uint32_t needs = 0) {
  return {name, parse(kText), nullptr, needs, false};
}

}  // namespace emulate::jit::decode
