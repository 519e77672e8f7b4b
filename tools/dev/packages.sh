# shellcheck shell=bash disable=SC2034  # sourced by install.sh, which uses the table
# Which Debian packages each group of commands needs, in the versions of Debian 12 and its security
# updates (docs/decisions/0002). A package belongs to the smallest group that needs it: `./dev demo`
# installs `build` and nothing else. tools/tidy checks that each third-party header has its package.
declare -A packages=(
  # g++ 12 and what the program is made of. libgtest-dev is here because CMake describes the tests
  # in the same build folder; they are not built for the demo.
  [build]="g++ cmake ninja-build ccache mold pkgconf libre2-dev
    libboost1.81-dev libcli11-dev libbfio-dev libcurl4-openssl-dev libevtx-dev libexpat1-dev libfmt-dev libgtest-dev
    libhowardhinnant-date-dev libmaxminddb-dev libs2-dev libsimdjson-dev libsodium-dev libspdlog-dev libssl-dev
    libtomlplusplus-dev libyaml-cpp-dev libzstd-dev nlohmann-json3-dev prometheus-cpp-dev zlib1g-dev
    iso-codes tzdata ca-certificates"
  # Only where no npm is there yet, and only until the data has been fetched once.
  [npm]="npm"
  # Real peers: who sends syslog (logger comes with bsdutils), who writes journals and who takes mail.
  # Faults: what a write is stopped with, and a small file system.
  [test]="python3 curl bsdutils rsyslog rsyslog-gnutls systemd-journal-remote python3-aiosmtpd openssl strace
    e2fsprogs mount python3-evtx"
  # The browser that the web app is tried in.
  [browser]="chromium"
  [check]="git clang-format-19 clang-tidy-19 python3 shellcheck"
  [sanitize]="clang-19 libclang-rt-19-dev llvm-19"
  # Faults are made with: failing system calls, file systems whose power can be cut.
  [fault]="python3 strace e2fsprogs mount"
  # The rivals that a benchmark runs beside us.
  [bench]="fail2ban sshguard sec python3 python3-evtx"
)
