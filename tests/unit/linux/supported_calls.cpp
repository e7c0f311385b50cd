// Prints docs/supported-linux.md.

#include <cstdio>

#include "tests/unit/linux/supported_page.h"

int main() { std::fputs(emulate::linux_os::supported_page().c_str(), stdout); }
