# One line or more for most of the programs of coreutils.
set -eu
seq 1 5000 > numbers
sort -rn numbers | head -n 3 | tr '\n' ' '; echo
sha256sum numbers; md5sum numbers; sha1sum numbers; b2sum numbers; cksum numbers; sum numbers
base64 -w 40 numbers | tail -n 2; base32 numbers | head -n 1 | cut -c1-30
od -A d -t x1z numbers | head -n 2; od --endian=little -t f8 -N 16 numbers
split -l 1000 numbers part.; ls part.*; cat part.* | cmp - numbers && echo same
wc numbers; tail -n 2 numbers; head -c 20 numbers | nl
printf 'b 2\na 1\nc 3\n' | sort > left; printf 'a x\nc y\nd z\n' > right
join left right; comm -12 left right; paste -d: left right
printf 'x\nx\ny\n' | uniq -c; echo 'hello world' | tr a-z A-Z
cut -d' ' -f2 left | paste -sd+; expr 6 \* 7; expr match abcdef 'abc\(.*\)'
factor 18446744073709551557 1234567890 ; numfmt --to=iec 1048576 123456789
date -u -d @1000000000 '+%F %T %a'; date -u -d '2024-02-29 +1 year' +%F
TZ=UTC touch -d '2001-02-03 04:05:06.789' stamp; TZ=UTC stat -c '%n %s %Y %y %F %a' stamp
mkdir -p d/e/f; touch d/e/f/g; cp -a d copy; ln -s d/e link; ln numbers hard
stat -c %h hard; readlink -f link/f/g | sed "s,^$PWD,.,"; realpath --relative-to=d d/e/f
mv copy moved; find moved | sort; rm -r moved; test -e moved || echo gone
chmod 640 hard; stat -c %A hard; chmod u=rwx,g=s,o= d; stat -c %A d
dd if=numbers of=half bs=100 count=5 skip=2 2>/dev/null; wc -c < half
truncate -s 1M sparse; stat -c '%s %b' sparse; du -b sparse | cut -f1
tac left; fold -w 5 right; fmt -w 12 left; expand -t 4 right | head -n 1; pr -t -2 left | head -n 2
printf 'a b\nb c\n' | tsort | tr '\n' ' '; echo
tee one two < left > /dev/null; cmp one two && echo tee
env -i A=1 /usr/bin/env; (timeout 0.2 sleep 5 || echo "timeout $?")
basename /a/b.c .c; dirname /a/b.c; pathchk -p ok && echo portable
mktemp -u tmp.XXXX | wc -c; mkfifo pipe; (cat pipe > copy) & echo fifo > pipe; wait; cat copy
csplit -s numbers 100 200; wc -l xx00 xx01; shuf -i 1-5 | sort -n | tr '\n' ' '; echo
nice -n 5 echo nice; printf '%s %5.2f %x\n' text 3.14159 255; ls -1 --sort=size | head -n 2
test 5 -gt 3 && echo true; stty -a < /dev/null 2>/dev/null || echo no tty; nohup true 2> /dev/null && echo nohup
arch > /dev/null && uname -s; id -u > /dev/null && whoami > /dev/null && echo who; sync numbers && echo sync
