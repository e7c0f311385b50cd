#!/bin/sh
# storm.sh ROUNDS FOLDER [RUNNER...]: starts ten short programs of FOLDER in each round, as scripts
# do. qemu-user starts another program only when told to: that is what RUNNER is for.
rounds=$1
bin=$2
shift 2
while [ "$rounds" -gt 0 ]; do
  "$@" "$bin/true"
  "$@" "$bin/test" -f "$0"
  name=$("$@" "$bin/basename" "$0" .sh)
  last=$("$@" "$bin/seq" 20 | "$@" "$bin/sort" -n | "$@" "$bin/tail" -n 1)
  size=$("$@" "$bin/cat" "$0" | "$@" "$bin/wc" -c)
  "$@" "$bin/dash" -c "echo $name $rounds $last $size"
  rounds=$("$@" "$bin/expr" "$rounds" - 1) || break # expr fails at 0
done
