import asyncio, concurrent.futures, ctypes, decimal, fcntl, fractions, hashlib, json, lzma, math, mmap
import multiprocessing, os, re, select, signal, socket, sqlite3, struct, subprocess, sys, tempfile, threading
import time, zlib


def worker(n):
    return sum(i * n for i in range(1000))


def main():
    print(hashlib.sha256(b"emulate").hexdigest(), hashlib.blake2b(b"x", digest_size=8).hexdigest())
    print(json.dumps({"b": [1.5, None, True], "a": "\u20ac"}, sort_keys=True), repr(0.1 + 0.2), 1e22, 5e-324)
    print(struct.pack("<hiqfd", -2, 3, -4, 1.5, math.pi).hex(), math.fsum([0.1] * 10), math.sqrt(2))
    print(2 ** 200 % 1000007, pow(3, 10 ** 6, 10 ** 9 + 7), fractions.Fraction(1, 3) + fractions.Fraction(1, 6))
    decimal.getcontext().prec = 40
    print(decimal.Decimal(2).sqrt(), math.gamma(5.5), math.sin(1e6), math.exp(-745))
    data = b"a long text, " * 10000
    print(zlib.crc32(data), len(zlib.compress(data)), lzma.decompress(lzma.compress(data)) == data)
    print(re.sub(r"(?P<y>\d{4})-(\d\d)", r"\2/\g<y>", "2024-02 1999-12"), "\u00e4\u00df".upper())

    total = [0]
    lock = threading.Lock()

    def add():
        for _ in range(2000):
            with lock:
                total[0] += 1

    threads = [threading.Thread(target=add) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    print("threads", total[0])
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        print("pool", sum(pool.map(worker, range(20))))
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print("processes", sum(pool.map(worker, range(20))))
    done = subprocess.run(["sh", "-c", "cat; echo err >&2; exit 3"], input="in", capture_output=True, text=True)
    print(done.returncode, done.stdout, done.stderr.strip())
    print(subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, text=True).stdout.strip())
    try:
        subprocess.run(["sleep", "10"], timeout=0.1)
    except subprocess.TimeoutExpired:
        print("timeout")
    try:
        subprocess.run(["/does/not/exist"])
    except FileNotFoundError as e:
        print(e.strerror)

    hits = []
    signal.signal(signal.SIGALRM, lambda n, f: hits.append(n))
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    while len(hits) < 3:
        time.sleep(1)
    signal.setitimer(signal.ITIMER_REAL, 0)
    print("alarms", set(hits))
    print(signal.sigtimedwait([signal.SIGUSR2], 0.01) is None, signal.strsignal(signal.SIGSEGV))

    with tempfile.TemporaryFile() as f:
        f.truncate(8192)
        with mmap.mmap(f.fileno(), 8192) as m:
            m[4096:4100] = b"mmap"
        f.seek(4096)
        print(f.read(4), fcntl.fcntl(f, fcntl.F_GETFD))
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    peer, _ = server.accept()
    peer.sendall(b"hello")
    print(client.recv(5), select.select([client], [client], [], 0)[1] == [client])
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    socket.send_fds(a, [b"fd"], [1])
    message, fds, _, _ = socket.recv_fds(b, 10, 1)
    print(message, len(fds), os.fstat(fds[0]).st_ino == os.fstat(1).st_ino)
    poll = select.epoll()
    poll.register(b, select.EPOLLIN)
    a.send(b"1")
    print(poll.poll(1) == [(b.fileno(), select.EPOLLIN)])

    async def run():
        p = await asyncio.create_subprocess_exec("echo", "async", stdout=asyncio.subprocess.PIPE)
        out, _ = await p.communicate()
        await asyncio.gather(*(asyncio.sleep(0.01) for _ in range(20)))
        return out.decode().strip()

    print(asyncio.run(run()))
    db = sqlite3.connect(":memory:")
    db.execute("create table t (x integer, y text)")
    db.executemany("insert into t values (?, ?)", [(i, str(i)) for i in range(1000)])
    print(db.execute("select sum(x), count(distinct y) from t where x % 7 = 0").fetchone())
    libc = ctypes.CDLL(None)
    libc.strtod.restype = ctypes.c_double
    compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
    array = (ctypes.c_int * 5)(5, 3, 1, 4, 2)
    # Not negative: libffi does not extend the sign of results on mips64el.
    libc.qsort(array, 5, ctypes.sizeof(ctypes.c_int), compare(lambda x, y: x[0] > y[0]))
    print(libc.strtod(b"2.5", None), list(array))
    pid = os.fork()
    if pid == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    print(os.path.basename(os.readlink("/proc/self/exe")).startswith("python3"))
    print(sum(1 for line in open("/proc/self/maps") if "libc.so.6" in line) > 2)


if __name__ == "__main__":
    main()
