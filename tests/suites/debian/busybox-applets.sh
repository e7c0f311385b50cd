# busybox's applets one after another; the expected output is what busybox prints on amd64.
b() { busybox "$@" 2>&1 || echo "$1: status $?"; }
printf 'one two\nthree  four\nfive\n' > text
printf 'b 2\na 10\nc 1\n' > table
for i in 1 2 3; do mkdir -p d/s$i; echo $i > d/s$i/f; done
b ar -t missing.a
b awk 'BEGIN { for (i = 0; i < 3; i++) printf "%05.2f %x %s\n", i / 3, i * 99, substr("abcdef", i + 1, 2) }'
b awk -F' ' '{ k[$1] = $2 } END { print k["a"] + k["b"], length(k), toupper("x"), match("foobar", "b.r"), RSTART }' table
b base64 text | b base64 -d | b cmp - text && echo same
b basename /usr/lib/libc.so .so; b dirname /usr/lib/libc.so
b cal 2 2024 | b tr -s ' ' | b tail -n 3
b cat -n text; b tac text; b rev text
b chmod 640 text; b stat -c '%a %s %F' text; b touch -d '2020-02-03 04:05:06' text; b date -u -r text '+%F %T'
b crc32 text; b md5sum text; b sha1sum text; b sha256sum text; b sha3sum text; b sha512sum text | b cut -c1-40
b cmp text table; b cp -r d e; b find e -type f | b sort; b diff -u text table | b tail -n +3
b cut -d' ' -f2 table; b fold -w 4 text; b expand -t 4 text; b nl text; b paste -d: text table
b date -u -d '2024-02-29 12:00:00' '+%j %U %A %s'; b date -u -d @86399 '+%T'
b dd if=text bs=4 skip=1 count=2 2>/dev/null; echo
b du -a d | b wc -l; b expr 17 % 5 + 3; b expr hello : 'h\(.*\)o'; b expr 1 / 0
b factor 1234567890 97; b false; b true
b grep -c e text; b grep -nE '^(t|f)' text; echo 'A.b' | b grep -iF a.B
b gzip -c text | b zcat | b cmp - text && echo gz; b bzip2 -c text | b bunzip2 -c | b cmp - text && echo bz2; b xz -dc < /dev/null
b head -c 5 text; echo; b tail -n 1 text; b hexdump -C text | b head -n 2; b od -An -tx1 -N6 text; b xxd text | b head -n 1
b id -u; b cp text copied; b ln -s text link; b readlink link; b ls -1 d; b realpath d/../d/s1 | b grep -o 'd/s1$'
b mkfifo pipe; b stat -c %F pipe; b mktemp -u x.XXXXXX | b wc -c; b mv copied moved; b ls moved
b printf '%d %o %x %c %s %5.1f|%-4s|\n' 10 10 255 z str 2.25 ab
b rm -r e; b ls e; b rmdir d; b sed -n '2,$s/[a-z]*$/<&>/p' text; b sed -e '1d;s/ \+/_/g;$a end' text; b seq -s, 1 3 10
b sh -c 'f() { local x=$1; echo $((x * x)); }; for i in 3 4; do f $i; done; case abc in a*c) echo glob;; esac; echo ${HOME%/*}x ${#PWD} | sed "s/[0-9]*$/n/"'
b sh -c 'trap "echo caught" USR1; kill -USR1 $$; (exit 3); echo $?; cat <<X
here $((2 ** 10))
X'
b shuf -n 2 -i 5-6 | b sort; b sort -k2n table; b sort -r -u text; b strings -n 4 text | b head -n 1
b tar cf t.tar d text; b tar tf t.tar | b sort; b tee out < table | b wc -w; b test 3 -lt 4 && echo less; b tr a-z A-Z < text; b truncate -s 3 out; b wc out
b uname -s; b unexpand -a text; printf 'a\na\nb\n' | b uniq -c; b uuencode name < text | b uudecode -o - | b cmp - text && echo uu
b unlink link; b usleep 1; b timeout 1 busybox sleep 5; b wc -lwc text; b xargs -n 1 echo < table | b head -n 2; b yes y | b head -n 2
b bc <<'X'
scale=10; sqrt(2) + 3 ^ 20
X
b dc -e '5 6 * 7 + p'; b find d -name f -exec busybox cat {} \; | b sort; b ipcalc -n 10.1.2.3 255.255.0.0; b no-such-applet
