#pragma once

/// A decode table that sorts its rows into buckets when they are first looked up. Added to
/// Dynarmic by emulate's build; see scripts/dynarmic/edits.py.

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <mcl/stdint.hpp>

namespace Dynarmic::Decoder {

/// Rows are tried in the order given. Key::bits are the opcode bits that choose the bucket, and
/// Key::Index packs them into a number below 4096.
template<typename MatcherT, typename Key>
class LazyTable {
public:
    using Opcode = typename MatcherT::opcode_type;

    explicit LazyTable(std::vector<MatcherT> rows)
            : rows(std::move(rows)), buckets(std::make_unique<Buckets>()) {}
    LazyTable(LazyTable&&) = default;

    std::optional<std::reference_wrapper<const MatcherT>> Find(Opcode opcode) const {
        for (const MatcherT* row : BucketFor(opcode)) {
            if (row->Matches(opcode)) {
                return *row;
            }
        }
        return std::nullopt;
    }

private:
    using Bucket = std::vector<const MatcherT*>;
    using Buckets = std::array<std::atomic<const Bucket*>, 4096>;

    const Bucket& BucketFor(Opcode opcode) const {
        auto& slot = (*buckets)[Key::Index(opcode)];
        if (const Bucket* bucket = slot.load(std::memory_order_acquire)) {
            return *bucket;
        }
        auto made = std::make_unique<Bucket>();
        for (const MatcherT& row : rows) {
            if (((opcode ^ row.GetExpected()) & row.GetMask() & Key::bits) == 0) {
                made->push_back(&row);
            }
        }
        const Bucket* current = nullptr;
        if (slot.compare_exchange_strong(current, made.get(), std::memory_order_acq_rel)) {
            return *made.release();
        }
        return *current;  // another thread was faster
    }

    std::vector<MatcherT> rows;
    std::unique_ptr<Buckets> buckets;
};

}  // namespace Dynarmic::Decoder
