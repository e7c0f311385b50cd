# What scripts of packages do: expansion, functions, pipelines, here-documents, traps, jobs.
set -eu
i=0 sum=0
while [ $i -lt 1000 ]; do i=$((i + 1)) sum=$((sum + i * i)); done
echo "sum $sum $((0x7fffffff + 1)) $((-7 / 2)) $((-7 % 2)) $((1 << 40))"
name=archive.tar.gz
echo "${name%.*} ${name%%.*} ${name#*.} ${name##*.} ${#name} ${unset:-default}"
fib() { if [ "$1" -lt 2 ]; then echo "$1"; else echo $(($(fib $(($1 - 1))) + $(fib $(($1 - 2))))); fi; }
echo "fib $(fib 9)"
cat <<TEXT | sort -r | while read -r word rest; do echo "$word: $rest"; done
alpha one two
beta $((6 * 7))
TEXT
for f in a b c; do echo "$f" > "file $f"; done
for f in file*; do printf '[%s]' "$f"; done; echo
case $(cat "file b") in a) echo wrong ;; b | x) echo right ;; esac
(exit 3) || echo "status $?"
trap 'echo "got USR1"' USR1
kill -USR1 $$
sleep 0.05 & sleeper=$!
(sleep 5; echo never) & doomed=$!
kill -TERM $doomed
wait $sleeper; echo "sleeper $?"
wait $doomed || echo "doomed $?"
yes | head -n 20000 | wc -l
sh -c 'kill -KILL $$' || echo "killed $?"
exec 3> out; echo through >&3; exec 3>&-; read -r line < out; echo "$line"
umask 027; : > masked; ls -l masked | cut -c1-10
printf '%05d|%-6s|%x|%o|%s\n' 42 left 255 8 "$(printf '\101')"
trap 'echo "exit trap $?"' EXIT
exit 0
