use strict; use warnings;
use Digest::SHA qw(sha256_hex); use Digest::MD5 qw(md5_hex); use MIME::Base64; use POSIX qw(:sys_wait_h floor fmod);
use Time::HiRes qw(ualarm sleep); use Socket; use threads; use Storable qw(freeze thaw);
use List::Util qw(sum reduce shuffle first); use File::Temp qw(tempdir); use Encode; use IO::Select; use Math::BigInt;
$| = 1;
my %count; $count{$_}++ for "the quick brown fox jumps over the lazy dog the end" =~ /\w+/g;
print join(" ", map { "$_=$count{$_}" } sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count), "\n";
print sha256_hex("emulate"), " ", md5_hex("emulate"), " ", encode_base64("\x00\xff" x 10);
printf "%.15g %.17g %e %s %s\n", 1/3, 0.1, 12345.678, 1e300 * 1e10, -1e300 * 1e10;
printf "%d %u %x %s\n", -7 / 2, ~0 & 0xffffffff, 0xdeadbeef, 2 ** 62;
print unpack("H*", pack("NnCvV d<", 0x01020304, 0x0506, 7, 0x0809, 0x0a0b0c0d, 1.5)), "\n";
(my $t = "2024-02-29") =~ s/(\d+)-(\d+)-(\d+)/$3.$2.$1/; print "$t ", scalar reverse("abc"), "\n";
print "balanced\n" if "(a(b)c)" =~ /^(\((?:[^()]++|(?1))*\))$/;
pipe(my $r, my $w); my $pid = fork;
if (!$pid) { close $r; print $w "from the child $_\n" for 1 .. 3; exit 5 }
close $w; print while <$r>; waitpid $pid, 0; print "status ", $? >> 8, "\n";
my $out = `echo \$((6*7)); exit 2`; print "out $out", "code ", $? >> 8, "\n";
eval { local $SIG{ALRM} = sub { die "alarm\n" }; ualarm 20_000; sleep 5; }; print "caught $@";
socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0); syswrite $a, "ping"; sysread $b, my $got, 10; print "$got\n";
my $server = do { socket(my $s, PF_INET, SOCK_STREAM, 0); bind($s, sockaddr_in(0, INADDR_LOOPBACK)); listen($s, 1); $s };
my ($port) = sockaddr_in(getsockname $server);
if (!fork) { socket(my $c, PF_INET, SOCK_STREAM, 0); connect($c, sockaddr_in($port, INADDR_LOOPBACK)); syswrite $c, "tcp\n"; exit }
accept(my $c, $server); print scalar <$c>; wait;
print "threads ", sum(map { $_->join } map { my $n = $_; threads->create(sub { sum map { $_ * $n } 1 .. 500 }) } 1 .. 4), "\n";
print "big ", Math::BigInt->new(2)->bpow(200), " ", Math::BigInt->new(30)->bfac, "\n";
print "utf8 ", length(decode("UTF-8", "\xc3\xa4\xe2\x82\xac")), " ", uc(encode("UTF-8", "abc")), "\n";
my $data = thaw(freeze({ list => [1 .. 5], text => "x" })); print "thaw @{$data->{list}} $data->{text}\n";
my $dir = tempdir(CLEANUP => 1); open my $f, ">", "$dir/x"; print $f "line $_\n" for 1 .. 1000; close $f;
print "size ", -s "$dir/x", " lines ", scalar(() = do { open my $g, "<", "$dir/x"; <$g> }), "\n";
print "gmtime ", scalar(gmtime 86400 * 365), " ", POSIX::strftime("%j %U", gmtime 1e9), "\n";
my @sieve = (1) x 20000; my $primes = 0;
for my $i (2 .. $#sieve) { next unless $sieve[$i]; $primes++; for (my $j = $i * $i; $j < @sieve; $j += $i) { $sieve[$j] = 0 } }
print "primes $primes\n"; local $SIG{CHLD} = sub { 1 while waitpid(-1, WNOHANG) > 0 };
system "true"; kill USR1 => $$ if $SIG{USR1} = sub { print "usr1\n" }; print "done\n";
