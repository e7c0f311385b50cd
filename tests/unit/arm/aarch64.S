// Guest code of aarch64_test.cpp. Each label is a place a test starts at.
        .text
        .globl _start
_start:

syscall_plain:
        mov x8, #4
        svc #0
after_syscall_plain:
        brk #7

load_fault:
        mov x1, #0x1111
        mov x2, #0x2222
load_fault_at:
        ldr x3, [x0, #8]
        mov x2, #0x3333
        svc #0

load_writeback_fault:
        ldr x3, [x0], #16
        svc #0

store_fault:
        mov x1, #0x55
store_fault_at:
        str x1, [x0]
        mov x1, #0x66
        svc #0

pair_fault:
        ldp x1, x2, [x0]
        svc #0

store_pair_fault:
        stp x1, x2, [x0]
        svc #0

vector_fault:
        ldr q0, [x0]
        svc #0

branch_x0:
        br x0

illegal:
        mov x1, #5
illegal_at:
        .inst 0x00000000

spin_direct:
        b .
spin_register:
        adr x0, spin_register_at
spin_register_at:
        br x0
spin_return:
        adr x30, spin_return_at
spin_return_at:
        ret
spin_call:
        bl spin_call_1
        b spin_call
spin_call_1:
        ret

lse:
        ldadd x1, x2, [x0]
        svc #0
lse_ldaddalb:
        ldaddalb w1, w2, [x0]
        svc #0
lse_ldclr:
        ldclr w1, w2, [x0]
        svc #0
lse_ldeor:
        ldeor x1, x2, [x0]
        svc #0
lse_ldset:
        ldseth w1, w2, [x0]
        svc #0
lse_ldsmax:
        ldsmax w1, w2, [x0]
        svc #0
lse_ldsmin:
        ldsminb w1, w2, [x0]
        svc #0
lse_ldumax:
        ldumax x1, x2, [x0]
        svc #0
lse_ldumin:
        ldumin w1, w2, [x0]
        svc #0
lse_stadd:
        stadd x1, [x0]
        svc #0
lse_swp:
        swpal x1, x2, [x0]
        svc #0
lse_cas:
        casal x1, x2, [x0]
        svc #0
lse_casb:
        casb w1, w2, [x0]
        svc #0
lse_casp:
        caspal x2, x3, x4, x5, [x0]
        svc #0
lse_casp32:
        casp w2, w3, w4, w5, [x0]
        svc #0
ldapr:
        ldapr w1, [x0]
        svc #0

mrs_counter:
        mrs x0, cntvct_el0
        mrs x1, cntvct_el0
        mrs x2, cntfrq_el0
        svc #0
mrs_id:
        mrs x0, midr_el1
        mrs x1, id_aa64isar0_el1
        mrs x2, id_aa64pfr0_el1
        mrs x3, mpidr_el1
        mrs x4, ctr_el0
        mrs x5, dczid_el0
        svc #0
mrs_privileged:
        mrs x0, sctlr_el1

// x1 times: atomically add 1 to [x0]
exclusive_counter:
1:      ldxr x2, [x0]
        add x2, x2, #1
        stxr w3, x2, [x0]
        cbnz w3, 1b
        subs x1, x1, #1
        b.ne 1b
        svc #0
exclusive_pair_counter:
1:      ldaxp x2, x3, [x0]
        add x2, x2, #1
        add x3, x3, #1
        stlxp w4, x2, x3, [x0]
        cbnz w4, 1b
        subs x1, x1, #1
        b.ne 1b
        svc #0
exclusive_cleared:
        ldxr x2, [x0]
        clrex
        stxr w3, x2, [x0]
        svc #0
exclusive_changed:
        ldxr x2, [x0]
        mov x4, #77
        str x4, [x0]
        stxr w3, x2, [x0]
        svc #0
load_acquire:
        ldar x1, [x0]
        svc #0
load_exclusive:
        ldxr x1, [x0]
        svc #0

fp_state:
        fmov d0, #1.5
        fmov d31, #2.0
        movi v7.16b, #0x5a
        mov x0, #0x00c00000
        msr fpcr, x0
        mov x0, #0x1f
        msr fpsr, x0
        svc #0
read_fp:
        fmov x0, d0
        fmov x1, d31
        mrs x2, fpcr
        mrs x3, fpsr
        mov x4, v7.d[1]
        svc #0
round_sum:                              // 1 + 2^-54 rounds up only towards plus infinity
        fmov d1, #1.0
        mov x1, #0x3c90000000000000
        fmov d2, x1
        fadd d3, d1, d2
        fmov x0, d3
        svc #0

tls:
        msr tpidr_el0, x0
        mrs x1, tpidr_el0
        svc #0

zero_line:
        dc zva, x0
        svc #0

// x0: code to run, x1: word to store there first
modify_and_run:
        str w1, [x0]
        dc cvau, x0
        dsb ish
        ic ivau, x0
        dsb ish
        isb
        br x0
run_x0:
        br x0

step:
        mov x0, #1
        mov x0, #2
        svc #0

flags:
        cmp x0, x1
        svc #0

fallthrough_end:                        // the last instruction of the page
        nop

        .data
        .balign 4096
data:   .space 8192
