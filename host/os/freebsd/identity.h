#pragma once

#include <string>

namespace emulate::freebsd {

/// What getlogin(2) answers.
std::string login_name();

}  // namespace emulate::freebsd
