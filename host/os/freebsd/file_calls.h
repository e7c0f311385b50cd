#pragma once

/// Handlers whose rows stand in file.cpp's table. One file per group of calls.

#include "host/os/param.h"
#include "host/os/path.h"

namespace emulate::freebsd {

// file_io.cpp
SysResult sys_read(Task& task, Fd fd, GuestAddr buf, ULong nbyte);
SysResult sys_write(Task& task, Fd fd, GuestAddr buf, ULong nbyte);
SysResult sys_readv(Task& task, Fd fd, GuestAddr iovp, std::uint32_t iovcnt);
SysResult sys_writev(Task& task, Fd fd, GuestAddr iovp, std::uint32_t iovcnt);
SysResult sys_pread(Task& task, Fd fd, GuestAddr buf, ULong nbyte, std::int64_t offset);
SysResult sys_pwrite(Task& task, Fd fd, GuestAddr buf, ULong nbyte, std::int64_t offset);
SysResult sys_preadv(Task& task, Fd fd, GuestAddr iovp, std::uint32_t iovcnt, std::int64_t offset);
SysResult sys_pwritev(Task& task, Fd fd, GuestAddr iovp, std::uint32_t iovcnt, std::int64_t offset);
SysResult freebsd6_pread(Task& task, Fd fd, GuestAddr buf, ULong nbyte, std::int32_t pad,
                         std::int64_t offset);
SysResult freebsd6_pwrite(Task& task, Fd fd, GuestAddr buf, ULong nbyte, std::int32_t pad,
                          std::int64_t offset);
SysResult sys_lseek(Task& task, Fd fd, std::int64_t offset, std::int32_t whence);
SysResult freebsd6_lseek(Task& task, Fd fd, std::int32_t pad, std::int64_t offset,
                         std::int32_t whence);
SysResult old_lseek(Task& task, Fd fd, Long offset, std::int32_t whence);
SysResult sys_truncate(Task& task, PathArg path, std::int64_t length);
SysResult freebsd6_truncate(Task& task, PathArg path, std::int32_t pad, std::int64_t length);
SysResult old_truncate(Task& task, PathArg path, Long length);
SysResult sys_ftruncate(Task& task, Fd fd, std::int64_t length);
SysResult freebsd6_ftruncate(Task& task, Fd fd, std::int32_t pad, std::int64_t length);
SysResult old_ftruncate(Task& task, Fd fd, Long length);
SysResult sys_fsync(Task& task, Fd fd);
SysResult sys_fdatasync(Task& task, Fd fd);
SysResult sys_sync(Task& task);
SysResult sys_posix_fallocate(Task& task, Fd fd, std::int64_t offset, std::int64_t len);
SysResult sys_posix_fadvise(Task& task, Fd fd, std::int64_t offset, std::int64_t len,
                            std::int32_t advice);
SysResult sys_copy_file_range(Task& task, Fd infd, GuestAddr inoffp, Fd outfd, GuestAddr outoffp,
                              ULong len, Flags flags);

// file_names.cpp
SysResult sys_link(Task& task, PathArg path, PathArg to);
SysResult sys_linkat(Task& task, Fd fd1, PathArg path1, Fd fd2, PathArg path2, Flags flag);
SysResult sys_unlink(Task& task, PathArg path);
SysResult sys_unlinkat(Task& task, Fd fd, PathArg path, Flags flag);
SysResult sys_rename(Task& task, PathArg from, PathArg to);
SysResult sys_renameat(Task& task, Fd oldfd, PathArg from, Fd newfd, PathArg to);
SysResult sys_symlink(Task& task, PathArg text, PathArg link);
SysResult sys_symlinkat(Task& task, PathArg text, Fd fd, PathArg link);
SysResult sys_readlink(Task& task, PathArg path, GuestAddr buf, ULong count);
SysResult sys_readlinkat(Task& task, Fd fd, PathArg path, GuestAddr buf, ULong bufsize);
SysResult sys_mkfifo(Task& task, PathArg path, Mode mode);
SysResult sys_mkfifoat(Task& task, Fd fd, PathArg path, Mode mode);
SysResult freebsd11_mknod(Task& task, PathArg path, Mode mode, std::uint32_t dev);
SysResult freebsd11_mknodat(Task& task, Fd fd, PathArg path, Mode mode, std::uint32_t dev);
SysResult sys_mknodat(Task& task, Fd fd, PathArg path, Mode mode, std::uint64_t dev);
SysResult sys_undelete(Task& task, PathArg path);

// file_attributes.cpp
SysResult sys_chmod(Task& task, PathArg path, Mode mode);
SysResult sys_fchmod(Task& task, Fd fd, Mode mode);
SysResult sys_lchmod(Task& task, PathArg path, Mode mode);
SysResult sys_fchmodat(Task& task, Fd fd, PathArg path, Mode mode, Flags flag);
SysResult sys_chown(Task& task, PathArg path, std::int32_t uid, std::int32_t gid);
SysResult sys_fchown(Task& task, Fd fd, std::int32_t uid, std::int32_t gid);
SysResult sys_lchown(Task& task, PathArg path, std::int32_t uid, std::int32_t gid);
SysResult sys_fchownat(Task& task, Fd fd, PathArg path, std::int32_t uid, std::int32_t gid,
                       Flags flag);
SysResult sys_chflags(Task& task, PathArg path, ULong flags);
SysResult sys_fchflags(Task& task, Fd fd, ULong flags);
SysResult sys_lchflags(Task& task, PathArg path, ULong flags);
SysResult sys_chflagsat(Task& task, Fd fd, PathArg path, ULong flags, Flags atflag);
SysResult sys_access(Task& task, PathArg path, std::int32_t amode);
SysResult sys_eaccess(Task& task, PathArg path, std::int32_t amode);
SysResult sys_faccessat(Task& task, Fd fd, PathArg path, std::int32_t amode, Flags flag);
SysResult sys_pathconf(Task& task, PathArg path, std::int32_t name);
SysResult sys_lpathconf(Task& task, PathArg path, std::int32_t name);
SysResult sys_fpathconf(Task& task, Fd fd, std::int32_t name);

}  // namespace emulate::freebsd
