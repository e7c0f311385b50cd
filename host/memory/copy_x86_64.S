/* Copies between guest and host memory that a fault may end. Each routine lies between a start and
   an end label; recover_copy_fault() moves a fault between them to the routine's fault label.
   Arguments as in the C ABI. */

	.text

#define ROUTINE(name) \
	.globl name; .hidden name; .type name, @function; name:

/* long emulate_copy(void *dst, const void *src, size_t n): 0, or -1 after a fault */
ROUTINE(emulate_copy)
	mov	%rdx, %rcx
	rep movsb
	xor	%eax, %eax
	ret

/* long emulate_copy_string(char *dst, const char *src, size_t max):
   bytes copied including the NUL, -2 when there is no NUL in max bytes, -1 after a fault */
ROUTINE(emulate_copy_string)
	xor	%eax, %eax
1:	cmp	%rdx, %rax
	jae	2f
	movzbl	(%rsi,%rax), %ecx
	movb	%cl, (%rdi,%rax)
	inc	%rax
	test	%ecx, %ecx
	jnz	1b
	ret
2:	mov	$-2, %rax
	ret

/* long emulate_load32(const void *src, uint32_t *out) */
ROUTINE(emulate_load32)
	mov	(%rdi), %eax
	mov	%eax, (%rsi)
	xor	%eax, %eax
	ret

ROUTINE(emulate_load64)
	mov	(%rdi), %rax
	mov	%rax, (%rsi)
	xor	%eax, %eax
	ret

/* long emulate_store32(void *dst, uint32_t value) */
ROUTINE(emulate_store32)
	mov	%esi, %eax
	xchg	%eax, (%rdi)
	xor	%eax, %eax
	ret

/* long emulate_cas32(void *word, uint32_t expected, uint32_t desired, uint32_t *found) */
ROUTINE(emulate_cas32)
	mov	%esi, %eax
	lock cmpxchg %edx, (%rdi)
	mov	%eax, (%rcx)
	xor	%eax, %eax
	ret

ROUTINE(emulate_cas8)
	mov	%esi, %eax
	lock cmpxchg %dl, (%rdi)
	mov	%al, (%rcx)
	xor	%eax, %eax
	ret

ROUTINE(emulate_cas16)
	mov	%esi, %eax
	lock cmpxchg %dx, (%rdi)
	mov	%ax, (%rcx)
	xor	%eax, %eax
	ret

/* long emulate_cas128(void *word, uint64_t expected_and_found[2], const uint64_t desired[2]):
   rbx is saved in r9, so that the fault exit of this routine alone can restore it. */
ROUTINE(emulate_cas128)
	mov	%rbx, %r9
	mov	%rdx, %r10
	mov	(%rsi), %rax
	mov	8(%rsi), %rdx
	mov	(%r10), %rbx
	mov	8(%r10), %rcx
	lock cmpxchg16b (%rdi)
	mov	%rax, (%rsi)
	mov	%rdx, 8(%rsi)
	mov	%r9, %rbx
	xor	%eax, %eax
	ret
	.globl	emulate_cas128_end
	.hidden	emulate_cas128_end
emulate_cas128_end:

ROUTINE(emulate_cas64)
	mov	%rsi, %rax
	lock cmpxchg %rdx, (%rdi)
	mov	%rax, (%rcx)
	xor	%eax, %eax
	ret

	.globl	emulate_copy_routines_end
	.hidden	emulate_copy_routines_end
emulate_copy_routines_end:

	.globl	emulate_cas128_fault
	.hidden	emulate_cas128_fault
emulate_cas128_fault:
	mov	%r9, %rbx
	.globl	emulate_copy_fault
	.hidden	emulate_copy_fault
emulate_copy_fault:
	mov	$-1, %rax
	ret

	.section .note.GNU-stack,"",@progbits
