/* Snippets that sparc64_test.cpp runs; each ends in a trap. */
	.text
	.globl	_start
_start:
	ta	%xcc, 65

/* %o0 saves deep, each level with its number in %l0, and back: %o1 counts levels that kept it. */
	.globl	deep
deep:
	mov	%o0, %g1
	mov	0, %g2
	mov	0, %g3
1:	save	%sp, -176, %sp
	add	%g2, 1, %g2
	mov	%g2, %l0
	add	%g2, 100, %i5
	cmp	%g2, %g1
	bne	%xcc, 1b
	nop
2:	sub	%g2, 1, %g4
	cmp	%l0, %g2
	bne	%xcc, 3f
	add	%g2, 100, %g5
	cmp	%i5, %g5
	bne	%xcc, 3f
	nop
	add	%g3, 1, %g3
3:	mov	%g4, %g2
	brnz,a,pt %g2, 4f
	 nop
	restore
	ta	%xcc, 65
4:	ba	2b
	restore

/* After flushw a restore takes what is in memory. */
	.globl	flushed
flushed:
	mov	%sp, %g1
	mov	11, %l3
	save	%sp, -176, %sp
	flushw
	mov	22, %g2
	stx	%g2, [%g1 + 2047 + 24]
	restore
	mov	%l3, %o3
	ta	%xcc, 65

	.globl	misaligned, misaligned_pc
misaligned:
	mov	5, %o1
misaligned_pc:
	ldx	[%o0 + 8], %o1
	ta	%xcc, 65

/* A fault in a delay slot, of a branch taken when %o1 is 0. */
	.globl	in_slot, in_slot_pc, in_slot_target, in_slot_past
in_slot:
	cmp	%o1, 0
	be	%xcc, 1f
in_slot_pc:
	 lduw	[%o0], %o2
in_slot_past:
	mov	1, %o3
	ta	%xcc, 65
in_slot_target:
1:	mov	2, %o3
	ta	%xcc, 65

	.globl	divide, divide_pc
divide:
divide_pc:
	sdivx	%o0, %g0, %o0
	ta	%xcc, 65

	.globl	jump, jump_pc
jump:
	mov	7, %o7
jump_pc:
	jmpl	%o0 + 2, %o7
	nop
	ta	%xcc, 65

/* A branch in a delay slot: one instruction at the first target, then on at the second's. */
	.globl	couple
couple:
	mov	0, %o0
	ba	1f
	ba	2f
	add	%o0, 1, %o0
1:	add	%o0, 2, %o0
	add	%o0, 4, %o0
2:	add	%o0, 8, %o0
	ta	%xcc, 65

	.globl	system_call
system_call:
	mov	20, %g1
	ta	%xcc, 65
	.globl	after_system_call
after_system_call:
	ta	%xcc, 65

	.globl	fsr_trap, fsr_trap_pc
fsr_trap:
	ldx	[%o0], %fsr
	ldd	[%o0 + 8], %f0
	ldd	[%o0 + 16], %f2
fsr_trap_pc:
	fdivd	%f0, %f2, %f4
	ta	%xcc, 65

	.globl	quad
quad:
	ldd	[%o0], %f0
	fdtoq	%f0, %f4
	fsqrtq	%f4, %f8
	fmulq	%f8, %f8, %f8
	fqtod	%f8, %f0
	std	%f0, [%o0]
	ta	%xcc, 65

	.globl	handler
handler:
	ta	%xcc, 65

	.data
	.globl	data
data:
	.skip	4096
