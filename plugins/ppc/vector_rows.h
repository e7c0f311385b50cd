#pragma once

/// Rows of the vector instructions: those with translations of their own, and one for each helper.

#include <vector>

#include "ppc/translator.h"

namespace emulate::ppc {

void append_vector_rows(std::vector<PpcRow>& rows);

}  // namespace emulate::ppc
