# The trial guest: one boot sector that asks of the processor what boot loaders and kernels ask of it. It takes timer
# interrupts in 32-bit protected mode and then in 64-bit mode, prints "ec2api-trial-ok" on the first serial port, and
# powers a q35 machine off. Where virtualisation is emulated in part, it stays silent, as a kernel would.
#
#   as -o trial.o trial.S && ld --oformat binary -Ttext 0x7c00 -e start -o trial.bin trial.o
#
# trial.py holds the result; a test assembles this file and compares.

        .set    TICKS, 3                # of the BIOS's 18.2 a second, in each mode
        .set    STACK, 0x7c00
        .set    IDT, 0x1000
        .set    TABLES, 0x2000          # page tables: 0x2000 to 0x4fff

        .code16
        .globl  start
start:  cli
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $STACK, %sp
        xorw    %bx, %bx                # counts ticks
        movb    $0xfe, %al              # of all interrupts only the timer's, number 8 as the BIOS left it
        outb    %al, $0x21
        movb    $0xff, %al
        outb    %al, $0xa1
        cld
        movw    $IDT, %di
        movw    $0x2000, %cx            # zeroes IDT and tables: 0x1000 to 0x4fff
        xorw    %ax, %ax
        rep stosw
        lgdt    gdt_at
        lidt    idt_at
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        ljmp    $0x08, $protected

        .code32
protected:
        movw    $0x10, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movl    $STACK, %esp
        movl    $(0x00080000 + tick32 - start + 0x7c00), IDT + 8 * 8
        movl    $0x8e00, IDT + 8 * 8 + 4
        call    wait_for_ticks

        movl    $(TABLES + 0x1003), TABLES              # one gigabyte, mapped as it is, in pages of 2 MiB
        movl    $(TABLES + 0x2003), TABLES + 0x1000
        movl    $0x83, %eax
        movl    $(TABLES + 0x2000), %edi
        movl    $512, %ecx
1:      movl    %eax, (%edi)
        addl    $0x200000, %eax
        addl    $8, %edi
        loop    1b
        movl    $TABLES, %eax
        movl    %eax, %cr3
        movl    %cr4, %eax
        orl     $0x20, %eax             # physical address extension
        movl    %eax, %cr4
        movl    $0xc0000080, %ecx       # EFER: long mode
        rdmsr
        orl     $0x100, %eax
        wrmsr
        movl    %cr0, %eax
        orl     $0x80000000, %eax       # paging
        movl    %eax, %cr0
        ljmp    $0x18, $long

wait_for_ticks:                         # the same bytes in 32-bit and in 64-bit mode
        sti
2:      hlt
        cmpb    $TICKS, %bl
        jb      2b
        cli
        ret

tick32: incb    %bl
        pushl   %eax
        movb    $0x20, %al
        outb    %al, $0x20
        popl    %eax
        iret

        .code64
long:   xorl    %ebx, %ebx
        movl    $(0x00180000 + tick64 - start + 0x7c00), IDT + 8 * 16
        movl    $0x8e00, IDT + 8 * 16 + 4
        call    wait_for_ticks
        movl    $said, %esi
        movl    $0x3f8, %edx
3:      lodsb
        testb   %al, %al
        jz      4f
        outb    %al, %dx
        jmp     3b
4:      movl    $0x604, %edx            # where SeaBIOS puts PM1a control on q35: sleep enable, type 0 (S5)
        movl    $0x2000, %eax
        outw    %ax, %dx
5:      hlt
        jmp     5b

tick64: incb    %bl
        pushq   %rax
        movb    $0x20, %al
        outb    %al, $0x20
        popq    %rax
        iretq

said:   .asciz  "ec2api-trial-ok\n"
        .balign 8
gdt:    .quad   0
        .quad   0x00cf9a000000ffff      # 0x08: 32-bit code
        .quad   0x00cf92000000ffff      # 0x10: data
        .quad   0x00af9a000000ffff      # 0x18: 64-bit code
gdt_at: .word   gdt_at - gdt - 1
        .long   gdt
idt_at: .word   0x0fff
        .long   IDT

        .org    510
        .word   0xaa55
