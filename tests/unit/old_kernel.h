/* A kernel that lacks something. */
#pragma once

#include <stdint.h>

/* From here on the kernel answers this system call with this error (ENOSYS: it does not have it),
 * to this process and its children. There is no way back, so that each test needs a process of its
 * own. */
void old_kernel_refuse(uint32_t number, int error);
