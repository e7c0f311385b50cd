# busybox as a whole system of its own.
set -eu
b() { busybox "$@"; }
b seq 1 100 | b awk '{ s += $1; if ($1 % 7 == 0) n[$1 % 3]++ } END { printf "%d %d %d %.3f\n", s, n[0], n[1], s / 7 }'
echo 'a-b-c' | b sed -E 's/([a-z])-/<\1>/g;s/c$/&&/'
b sh -c 'x=5; while [ $x -gt 0 ]; do x=$((x - 1)); done; echo "ash $x"; exit 6' || echo "status $?"
mkdir tree; for i in 1 2 3; do echo "content $i" > tree/$i; done
b tar cf - tree | b gzip -9 | b gunzip | b tar tf - | sort
b find tree -type f | sort | b xargs busybox md5sum
b grep -rn 'content [23]' tree | sort; b wc -c tree/1 | b cut -d' ' -f1
printf 'c\na\nb\n' | b sort | b tr '\n' ' '; echo; echo text | b bzip2 | b bunzip2; echo text | b xxd -p 2>/dev/null || echo text | b hexdump -C | head -n 1
b sha256sum tree/1; b dd if=/dev/zero bs=1k count=3 2>/dev/null | b wc -c; b expr 6 \* 7; b factor 1001
echo '1 2 + p' | b dc 2>/dev/null || echo no dc; echo 'scale=5; 22/7' | b bc 2>/dev/null || echo no bc
b cpio -o < /dev/null 2>/dev/null | b wc -c; b uuencode x < tree/1 | b head -n 1
b diff tree/1 tree/2 || echo "diff $?"; b cmp tree/1 tree/1 && echo same; b basename /x/y.z .z
