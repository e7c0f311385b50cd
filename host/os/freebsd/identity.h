#pragma once

#include <string>

namespace emulate::freebsd {

/// What getlogin(2) answers.
std::string login_name();

/// A new program has not changed its ids yet, as issetugid(2) sees it.
void identity_after_exec();

}  // namespace emulate::freebsd
