#include "agent/exit_code.h"

static int rank_of(int code)
{
    static const int order[] = {EXIT_IN_SYNC,  EXIT_TO_DO,    EXIT_HELD,  EXIT_FAILED,
                                EXIT_CONFLICT, EXIT_REJECTED, EXIT_ERROR, EXIT_LOCKED};
    for (int i = 0; i < (int)(sizeof order / sizeof order[0]); i++) {
        if (order[i] == code) {
            return i;
        }
    }
    return rank_of(EXIT_ERROR);
}

int exit_code_worse(int left, int right)
{
    return rank_of(left) >= rank_of(right) ? left : right;
}
