#!/usr/bin/env bash
# fuzz.sh [TARGET] [SECONDS]: runs the libFuzzer programs of build-fuzz, each for that many seconds.
# What they learn stays in .cache/fuzz/TARGET; what breaks them is to be added to
# test/fuzz/corpus/TARGET, where every later test run replays it.
set -euo pipefail
source tools/dev/say.sh

known=()
for source in test/fuzz/*_fuzz.cpp; do
  name=${source##*/}
  known+=("${name%_fuzz.cpp}")
done

targets=("${known[@]}")
if [[ -n ${1:-} ]]; then
  [[ " ${known[*]} " == *" $1 "* ]] || fail "there is no fuzz target '$1'; there are: ${known[*]}"
  targets=("$1")
fi
seconds=${2:-60}
[[ $seconds =~ ^[0-9]+$ ]] || fail "'$seconds' is no number of seconds"

broken=0
for name in "${targets[@]}"; do
  work=.cache/fuzz/$name
  mkdir -p "$work"
  say "$name for $seconds s"
  if ! "build-fuzz/test/${name}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -max_len=65536 -print_final_stats=1 -artifact_prefix="$work-" "$work" "test/fuzz/corpus/$name" \
    >"$work.log" 2>&1; then
    tail -n 40 "$work.log" >&2
    complain "$name broke; the input is the newest of $work-*: add it to test/fuzz/corpus/$name/"
    broken=1
  else
    grep -E 'stat::(number_of_executed_units|average_exec)' "$work.log" >&2
  fi
done
exit "$broken"
