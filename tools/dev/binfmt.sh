# shellcheck shell=bash
# Lets this machine run arm64 programs by qemu. Sourced by tools/fresh-root and tools/arm64-root.

# Tells the kernel of qemu, until the calling script ends; does nothing where another has told it.
run_arm64_by_qemu() {
  local kernel=/proc/sys/fs/binfmt_misc qemu magic mask
  qemu=$(command -v qemu-aarch64-static) ||
    fail "qemu-aarch64-static is missing: apt-get install qemu-user-static"
  [[ -e $kernel/register ]] || mount -t binfmt_misc binfmt_misc "$kernel" ||
    fail "this kernel runs no programs by others (binfmt_misc), so no arm64 ones"
  # The flag F: qemu is opened now, so that a chroot need not hold it.
  ! grep -qs '^flags:.*F' "$kernel/qemu-aarch64" "$kernel/vedette-arm64" || return 0
  # An ELF file of 64 bits, little-endian, executable or shared, for processor 183.
  magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
  mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
  printf '%s' ":vedette-arm64:M::$magic:$mask:$qemu:F" >"$kernel/register"
  trap 'echo -1 >/proc/sys/fs/binfmt_misc/vedette-arm64' EXIT
}
