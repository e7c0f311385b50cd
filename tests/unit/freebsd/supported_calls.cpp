// Prints docs/supported.md.

#include <cstdio>

#include "tests/unit/freebsd/supported_page.h"

int main() { std::fputs(emulate::freebsd::supported_page().c_str(), stdout); }
