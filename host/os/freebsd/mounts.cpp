#include "host/os/freebsd/mounts.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <sstream>

#include "host/task/host_files.h"

namespace emulate::freebsd {
namespace {

/// Undoes the octal escapes of blanks and backslashes.
std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int code = 0;
    if (text[i] == '\\' && i + 3 < text.size() &&
        std::from_chars(&text[i + 1], &text[i] + 4, code, 8).ec == std::errc()) {
      out += static_cast<char>(code);
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

template <std::size_t N>
void copy_name(char (&to)[N], std::string_view from) {
  const std::size_t n = std::min(from.size(), N - 1);
  std::memcpy(to, from.data(), n);
  to[n] = '\0';
}

struct TypeName {
  std::string_view host, guest;
};
constexpr TypeName kTypes[] = {
    {"ext2", "ext2fs"},    {"ext3", "ext2fs"},    {"ext4", "ext2fs"},     {"vfat", "msdosfs"},
    {"msdos", "msdosfs"},  {"ntfs3", "ntfs"},     {"iso9660", "cd9660"},  {"nfs4", "nfs"},
    {"proc", "procfs"},    {"devtmpfs", "devfs"}, {"overlay", "unionfs"}, {"fuse", "fusefs"},
    {"fuseblk", "fusefs"},
};

struct TypeMagic {
  long magic;
  std::string_view host;
};
/// Of the filesystems that a root directory may lie in (Linux include/uapi/linux/magic.h).
constexpr TypeMagic kMagics[] = {
    {EXT4_SUPER_MAGIC, "ext4"},         {TMPFS_MAGIC, "tmpfs"},   {XFS_SUPER_MAGIC, "xfs"},
    {BTRFS_SUPER_MAGIC, "btrfs"},       {0x2fc12fc1, "zfs"},      {F2FS_SUPER_MAGIC, "f2fs"},
    {OVERLAYFS_SUPER_MAGIC, "overlay"}, {NFS_SUPER_MAGIC, "nfs"}, {FUSE_SUPER_MAGIC, "fuse"},
    {MSDOS_SUPER_MAGIC, "vfat"},        {V9FS_MAGIC, "9p"},       {SQUASHFS_MAGIC, "squashfs"},
    {ISOFS_SUPER_MAGIC, "iso9660"},
};

/// The filesystem around the root directory of a process that left the rest of it: the mount table
/// hides it. Its place is the root then (FreeBSD prison_enforce_statfs()).
Mount mount_around_root(const struct statfs& fs) {
  Mount m;
  m.target = "/";
  for (const TypeMagic& t : kMagics) {
    if (t.magic == fs.f_type) m.type = t.host;
  }
  m.source = guest_fs_type(m.type);
  return m;
}

struct MountFlag {
  unsigned long host;
  std::uint64_t guest;
};
constexpr MountFlag kMountFlags[] = {
    {ST_RDONLY, kMntRdonly}, {ST_SYNCHRONOUS, kMntSynchronous}, {ST_NOEXEC, kMntNoexec},
    {ST_NOSUID, kMntNosuid}, {ST_NOATIME, kMntNoatime},
};

Statfs convert(const struct statfs& fs, const Mount* mount, const PathResolver& paths) {
  Statfs out;
  out.f_version = kStatfsVersion;
  out.f_type = static_cast<std::uint32_t>(fs.f_type);
  for (const MountFlag& f : kMountFlags) {
    if ((static_cast<unsigned long>(fs.f_flags) & f.host) != 0) out.f_flags |= f.guest;
  }
  // FreeBSD counts blocks in fragments, and calls that size f_bsize.
  out.f_bsize = static_cast<std::uint64_t>(fs.f_frsize != 0 ? fs.f_frsize : fs.f_bsize);
  out.f_iosize = static_cast<std::uint64_t>(fs.f_bsize);
  out.f_blocks = fs.f_blocks;
  out.f_bfree = fs.f_bfree;
  out.f_bavail = static_cast<std::int64_t>(fs.f_bavail);
  out.f_files = fs.f_files;
  out.f_ffree = static_cast<std::int64_t>(fs.f_ffree);
  out.f_namemax = static_cast<std::uint32_t>(fs.f_namelen);
  // Only root sees the identity (PRIV_VFS_GENERATION).
  if (geteuid() == 0) std::memcpy(out.f_fsid, &fs.f_fsid, sizeof out.f_fsid);
  if (mount == nullptr) return out;
  if (!mount->type.starts_with("nfs") && !mount->type.starts_with("cifs")) {
    out.f_flags |= kMntLocal;
  }
  const std::string target = paths.to_guest(mount->target);
  if (target == "/") out.f_flags |= kMntRootfs;
  copy_name(out.f_fstypename, guest_fs_type(mount->type));
  copy_name(out.f_mntfromname, mount->source);
  copy_name(out.f_mntonname, target);
  return out;
}

}  // namespace

std::string guest_fs_type(std::string_view host_type) {
  for (const TypeName& t : kTypes) {
    if (t.host == host_type) return std::string(t.guest);
  }
  return std::string(host_type.substr(0, host_type.find('.')));
}

std::vector<Mount> parse_mountinfo(std::string_view text) {
  std::vector<Mount> out;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    // id parent major:minor root target options [optional fields] - type source super-options
    std::istringstream words(line);
    Mount m;
    std::string skipped, target, source;
    words >> m.id >> skipped >> skipped >> skipped >> target;
    while (words >> skipped && skipped != "-") {
    }
    if (!(words >> m.type >> source)) continue;
    m.target = unescape(target);
    m.source = unescape(source);
    out.push_back(std::move(m));
  }
  return out;
}

std::vector<Mount> mounts() {
  return parse_mountinfo(read_host_file("/proc/self/mountinfo").value_or(""));
}

Expected<Statfs> statfs_of(const PathResolver& paths, int dirfd, const char* path, int at_flags) {
  const int fd = *path != '\0' ? openat(dirfd, path, O_PATH | O_CLOEXEC) : dirfd;
  if (fd < 0) return host_error(errno);
  struct statfs fs;
  struct statx sx;
  int error = fstatfs(fd, &fs) == 0 ? 0 : errno;
  if (error == 0 && statx(fd, "", AT_EMPTY_PATH | at_flags, STATX_MNT_ID, &sx) != 0)
    sx.stx_mask = 0;
  if (fd != dirfd) close(fd);
  if (error != 0) return host_error(error);
  if ((sx.stx_mask & STATX_MNT_ID) != 0) {
    for (const Mount& m : mounts()) {
      if (m.id == sx.stx_mnt_id) return convert(fs, &m, paths);
    }
    struct statx root;
    if (statx(AT_FDCWD, "/", 0, STATX_MNT_ID, &root) == 0 && root.stx_mnt_id == sx.stx_mnt_id) {
      const Mount around = mount_around_root(fs);
      return convert(fs, &around, paths);
    }
  }
  return convert(fs, nullptr, paths);
}

Expected<Statfs> statfs_of(const PathResolver& paths, const Mount& mount) {
  struct statfs fs;
  if (statfs(mount.target.c_str(), &fs) != 0) return host_error(errno);
  return convert(fs, &mount, paths);
}

}  // namespace emulate::freebsd
