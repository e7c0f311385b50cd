/* long emulate_blocking_syscall(const int *attention, const long args[7]):
   args = {number, a0 .. a5}. Makes the call unless *attention is set; -EINTR then. From
   emulate_blocking_window up to and including the syscall instruction the call has not been made:
   abort_blocking_window() moves a signal that arrives there to emulate_blocking_abort. */

	.text
	.globl	emulate_blocking_syscall
	.hidden	emulate_blocking_syscall
	.type	emulate_blocking_syscall, @function
emulate_blocking_syscall:
	push	%rbx
	mov	%rdi, %rbx
	mov	%rsi, %r11
	mov	(%r11), %rax
	mov	8(%r11), %rdi
	mov	16(%r11), %rsi
	mov	24(%r11), %rdx
	mov	32(%r11), %r10
	mov	40(%r11), %r8
	mov	48(%r11), %r9
	.globl	emulate_blocking_window
	.hidden	emulate_blocking_window
emulate_blocking_window:
	cmpl	$0, (%rbx)
	jne	emulate_blocking_abort
	.globl	emulate_blocking_instruction
	.hidden	emulate_blocking_instruction
emulate_blocking_instruction:
	syscall
	pop	%rbx
	ret
	.globl	emulate_blocking_abort
	.hidden	emulate_blocking_abort
emulate_blocking_abort:
	mov	$-4, %rax
	pop	%rbx
	ret

	.section .note.GNU-stack,"",@progbits
