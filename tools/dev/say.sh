# shellcheck shell=bash
# How ./dev and its scripts speak: one line a step, with its time; errors with a remedy, on standard
# error. Sourced, not run.

if [[ -t 2 && -z ${NO_COLOR:-} ]]; then
  colour_step=$'\e[1;36m' colour_good=$'\e[32m' colour_bad=$'\e[1;31m' colour_off=$'\e[0m'
else
  colour_step='' colour_good='' colour_bad='' colour_off=''
fi

say() { printf '%s==>%s %s\n' "$colour_step" "$colour_off" "$*" >&2; }
complain() { printf '%serror:%s %s\n' "$colour_bad" "$colour_off" "$*" >&2; }
fail() {
  complain "$*"
  exit 1
}
done_after() { # start what
  printf '%s ok%s %s (%d s)\n' "$colour_good" "$colour_off" "$2" $((SECONDS - $1)) >&2
}

# Runs a command with its output in .cache/dev/; shows the end of it only when the command fails.
quietly() { # name command...
  local log=.cache/dev/${1//[^a-z0-9]/-}.log
  shift
  mkdir -p .cache/dev
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 25 "$log" >&2
    complain "'$*' failed; its whole output is in $log"
    return 1
  fi
}

# quietly, announced and timed; ends the script when the command fails.
step() { # name command...
  local start=$SECONDS
  say "$1"
  quietly "$@" || exit 1
  done_after "$start" "$1"
}
