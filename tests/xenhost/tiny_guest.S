/* Where tiny_guest.c starts, and what of it the domain builder reads: virtual addresses are those of the domain's memory, the
 * stack is the builder's, and %rsi has the address of struct start_info. */
#include <xen/elfnote.h>

    .macro note type, description:vararg
    .balign 4
    .long   4, 2f - 1f, \type
    .asciz  "Xen"
1:  \description
2:  .balign 4
    .endm

    .section .note.Xen, "a", @note
    note XEN_ELFNOTE_GUEST_OS, .asciz "tiny"
    note XEN_ELFNOTE_XEN_VERSION, .asciz "xen-3.0"
    note XEN_ELFNOTE_LOADER, .asciz "generic"
    note XEN_ELFNOTE_PAE_MODE, .asciz "yes"
    note XEN_ELFNOTE_VIRT_BASE, .quad 0
    note XEN_ELFNOTE_PADDR_OFFSET, .quad 0
    note XEN_ELFNOTE_ENTRY, .quad _start
    note XEN_ELFNOTE_HYPERCALL_PAGE, .quad hypercall_page

    .text
    .globl  hypercall_page, _start
    /* Xen fills it. */
    .balign 4096
hypercall_page:
    .skip   4096
_start:
    cld
    mov     %rsi, %rdi
    xor     %ebp, %ebp
    and     $-16, %rsp
    call    run_guest
    ud2

    .section .note.GNU-stack, "", @progbits
