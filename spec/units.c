#include "spec/units.h"

typedef struct {
    gint64 factor;
    const char *name;
} Unit;

static void append(gint64 number, const Unit *units, GString *out)
{
    const Unit *unit = units;
    while (unit->factor > 1 && (number == 0 || number % unit->factor != 0)) {
        unit++;
    }
    g_string_append_printf(out, "%" G_GINT64_FORMAT "%s", number / unit->factor, unit->name);
}

void units_append_size(gint64 mib, GString *out)
{
    static const Unit units[] = {{1024 * 1024, "TiB"}, {1024, "GiB"}, {1, "MiB"}};
    append(mib, units, out);
}

void units_append_seconds(gint64 seconds, GString *out)
{
    static const Unit units[] = {{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}};
    append(seconds, units, out);
}

void units_append_number(gint64 number, GString *out)
{
    char digits[20];
    gsize at = sizeof digits;
    guint64 left = number < 0 ? -(guint64)number : (guint64)number;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0) {
        g_string_append_c(out, '-');
    }
    g_string_append_len(out, digits + at, (gssize)(sizeof digits - at));
}
