# What bash has beyond POSIX.
set -euo pipefail
declare -A colour=([red]=1 [green]=2 [blue]=3)
for k in $(printf '%s\n' "${!colour[@]}" | sort); do echo -n "$k=${colour[$k]} "; done; echo
list=(one "two words" three); list+=(four); echo "${#list[@]} ${list[1]} ${list[@]:2:2} ${list[-1]}"
[[ "2024-02-29" =~ ^([0-9]+)-([0-9]+)-([0-9]+)$ ]] && echo "${BASH_REMATCH[3]}.${BASH_REMATCH[2]}.${BASH_REMATCH[1]}"
mapfile -t lines < <(seq 1 5 | tac); echo "${lines[*]}"
diff <(printf 'a\nb\n') <(printf 'a\nc\n') || echo "differs $?"
coproc UPPER { tr a-z A-Z; }
echo hello >&"${UPPER[1]}"; exec {UPPER[1]}>&-; read -r -u "${UPPER[0]}" answer; echo "$answer"; wait
printf -v padded '%08.3f' 3.14159; echo "$padded ${padded//0/o} ${list[0]^^} ${list[0]^}"
f() { local -n ref=$1; ref=changed; return 4; }; value=x; f value || echo "$value $?"
trap 'echo "int"' INT; kill -INT $$; trap - INT
for ((i = 0, j = 10; i < j; i++, j--)); do :; done; echo "$i $j $((2**62)) $((16#ff)) $RANDOM" | cut -d' ' -f1-4
echo {a..e}{1..2} | tr ' ' '\n' | wc -l
set -m; sleep 0.05 & wait -n; echo "wait -n $?"; (exit 9) & wait $! || echo "nine $?"; set +m
cat <<< "here string" | { read -r a b; echo "$b $a"; }
echo "$(( $(for i in {1..200}; do echo -n "+$i"; done) ))"
(ulimit -n 64; ulimit -n); false | true || echo "pipefail ${PIPESTATUS[*]}"
read -t 0.05 -r nothing < <(sleep 1) || echo "read timed out"
exec 5<>/dev/null; [[ -e /dev/fd/5 ]] && echo "fd 5"
