#pragma once

/// Rows of the vector instructions, those with translations of their own and one for each helper,
/// and of the decimal ones.

#include <vector>

#include "ppc/translator.h"

namespace emulate::ppc {

/// Instructions on lanes: translate_lanes.cpp.
void append_lane_rows(std::vector<PpcRow>& rows);
void append_vector_rows(std::vector<PpcRow>& rows);

}  // namespace emulate::ppc
