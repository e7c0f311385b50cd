// Guest code of armv6_test.cpp. Each label is a place a test starts at.
        .syntax unified
        .fpu neon
        .text
        .arm
        .globl _start
_start:

syscall_plain:
        mov r7, #4
        svc #0
after_syscall_plain:
        bkpt #7

load_fault:
        mov r1, #0x11
        mov r2, #0x22
load_fault_at:
        ldr r3, [r0, #8]
        mov r2, #0x33
        svc #0

load_writeback_fault:
        ldr r3, [r0], #16
        svc #0

store_fault:
        mov r1, #0x55
store_fault_at:
        str r1, [r0]
        mov r1, #0x66
        svc #0

multiple_fault:
        stmia r0!, {r1, r2, r3}
        svc #0

double_fault:
        ldrd r2, r3, [r0]
        svc #0

load_own_base:
        ldmia r0, {r0, r1}
        svc #0
load_vfp_multiple:
        vldmia r0!, {d8, d9}
        svc #0

branch_r0:
        bx r0

illegal:
        mov r1, #5
illegal_at:
        udf #0
illegal_cp15:
        mov r1, #6
illegal_cp15_at:
        mrc p15, 0, r0, c1, c0, 0
        mov r1, #7
        svc #0
skipped_cp15:
        cmp r0, r0
        mrcne p15, 0, r0, c1, c0, 0
        svc #0
gdb_breakpoint:
        .inst 0xe7ffdefe

spin_direct:
        b .
spin_register:
        adr r0, spin_register_at
spin_register_at:
        bx r0
spin_return:
        adr lr, spin_return_at
spin_return_at:
        bx lr
spin_call:
        bl spin_call_1
        b spin_call
spin_call_1:
        bx lr

swap_word:
        swp r2, r1, [r0]
        svc #0
swap_byte:
        swpb r2, r1, [r0]
        svc #0
swap_counter:                           // r1 times: take the lock at r0, add 1 at r0+4, release
        mov r2, #1
1:      swp r3, r2, [r0]
        cmp r3, #0
        bne 1b
        ldr r4, [r0, #4]
        add r4, r4, #1
        str r4, [r0, #4]
        mcr p15, 0, r3, c7, c10, 5
        mov r3, #0
        str r3, [r0]
        subs r1, r1, #1
        bne 1b
        svc #0

exclusive_counter:                      // r1 times: atomically add 1 to [r0]
1:      ldrex r2, [r0]
        add r2, r2, #1
        strex r3, r2, [r0]
        cmp r3, #0
        bne 1b
        subs r1, r1, #1
        bne 1b
        svc #0
exclusive_double_counter:
1:      ldrexd r2, r3, [r0]
        adds r2, r2, #1
        adc r3, r3, #0
        strexd r4, r2, r3, [r0]
        cmp r4, #0
        bne 1b
        subs r1, r1, #1
        bne 1b
        svc #0
exclusive_cleared:
        ldrex r2, [r0]
        clrex
        strex r3, r2, [r0]
        svc #0
load_exclusive:
        ldrex r1, [r0]
        svc #0

load_unprivileged:
        mov r3, r0
        ldrt r1, [r0], #4
        ldrsbt r2, [r3], #1
        svc #0

barriers:
        mov r0, #0
        mcr p15, 0, r0, c7, c10, 4
        mcr p15, 0, r0, c7, c10, 5
        mcr p15, 0, r0, c7, c5, 4
        svc #0
barriers_v7:
        dmb ish
        dsb ish
        isb
        svc #0
thread_pointers:
        mrc p15, 0, r1, c13, c0, 3
        mcr p15, 0, r0, c13, c0, 2
        mrc p15, 0, r2, c13, c0, 2
        svc #0
counter:
        mrrc p15, 1, r0, r1, c14
        mrc p15, 0, r2, c14, c0, 0
        svc #0

fp_state:
        vmov.f64 d0, #1.5
        vmov.f64 d31, #2.0
        ldr r0, =0x0340001f
        vmsr fpscr, r0
        svc #0
read_fp:
        vmov r0, r1, d0
        vmov r2, r3, d31
        vmrs r4, fpscr
        svc #0
round_sum:                              // 1 + 2^-54 rounds up only towards plus infinity
        vmov.f64 d1, #1.0
        mov r0, #0
        ldr r1, =0x3c900000
        vmov d2, r0, r1
        vadd.f64 d3, d1, d2
        vmov r0, r1, d3
        vmrs r2, fpscr
        svc #0
inexact_flag:
        vmrs r0, fpscr
        svc #0
neon_add:
        vmov.i32 q0, #1
        vmov.i32 q1, #2
        vadd.i32 q2, q0, q1
        vmov r0, r1, d5
        svc #0

big_endian:
        setend be
        ldr r1, [r0]
        setend le
        svc #0

step:
        mov r0, #1
        mov r0, #2
        svc #0

run_r0:
        bx r0

to_thumb:
        blx thumb_code
        svc #0
        .ltorg

        .thumb
        .balign 4
        .type thumb_code, %function
thumb_code:
        movs r0, #9
        bx lr
thumb_syscall:
        movs r7, #4
        svc #0
after_thumb_syscall:
        bkpt #1
        .balign 4
thumb_fault:
        ldr r3, [r0]
        svc #0
        .balign 4
thumb_writeback_fault:
        str r3, [r0, #-8]!
        svc #0
thumb_wide:
        movw r0, #0x1234
        movt r0, #0x5678
        sdiv r1, r0, r2
        tbb [pc, r3]
        .byte 1, 1
        .balign 2
        svc #0
thumb_it:                               // r0 != r1: the second and third are executed
        cmp r0, r1
        itee eq
        moveq r2, #1
        movne r2, #2
        svcne #0
        mov r3, #3
        svc #0
thumb_undefined:
        udf #3
thumb_cp15:
        mrc p15, 0, r0, c1, c0, 0
        b .
        .balign 4

        .data
        .balign 4096
data:   .space 8192
