#pragma once

/// Translation between the host's errno numbers and FreeBSD's.

namespace emulate::freebsd {

/// Numbers that no host error has, for errors of FreeBSD that come up below the handlers.
inline constexpr int kHostNotCapable = 10'001;
inline constexpr int kHostCapMode = 10'002;

/// The guest's number; EINVAL for host errors with no counterpart at all. 0 stays 0.
int errno_from_host(int host);
/// The host's number, 0 when it has none.
int errno_to_host(int guest);
/// "ENOENT", or "?".
const char* errno_name(int guest);
/// "No such file or directory": the host's words where it knows the error.
const char* errno_text(int guest);

}  // namespace emulate::freebsd
