/* FreeBSD/powerpc64 with function descriptors (ELFv1), which clang and lld no longer make: the entry
 * point and a signal handler are descriptors, and the handler returns through the trampoline. */
  .section .note.tag, "a"
  .long 8, 4, 1
  .ascii "FreeBSD\0"
  .long 1201000

  .section .opd, "aw"
  .globl _start
_start:
  .quad .L_start, .TOC.@tocbase, 0
handler:
  .quad .L_handler, .TOC.@tocbase, 0

  .data
message:
  .ascii "ok elfv1\n"
action: /* struct sigaction */
  .quad handler
  .long 0x40, 0, 0, 0, 0, 0
handled:
  .long 0

  .text
.L_handler:
  cmpwi 3, 30
  bnelr
  addis 9, 2, handled@toc@ha /* r2 is the descriptor's */
  addi 9, 9, handled@toc@l
  lwz 10, 0(9)
  addi 10, 10, 1
  stw 10, 0(9)
  blr

.L_start:
  addis 31, 2, handled@toc@ha
  addi 31, 31, handled@toc@l
  li 0, 416 /* sigaction(SIGUSR1, &action, NULL) */
  li 3, 30
  addis 4, 2, action@toc@ha
  addi 4, 4, action@toc@l
  li 5, 0
  sc
  li 0, 20 /* kill(getpid(), SIGUSR1) */
  sc
  li 0, 37
  li 4, 30
  sc
  bso 1f
  lwz 3, 0(31)
  cmpwi 3, 1
  bne 1f
  li 0, 4 /* write */
  li 3, 1
  addis 4, 2, message@toc@ha
  addi 4, 4, message@toc@l
  li 5, 9
  sc
  li 0, 1
  li 3, 0
  sc
1:
  li 0, 1
  li 3, 1
  sc
