/* Is xend, the daemon that xm talks to, in charge of this host? */
#pragma once

#include <glib.h>

/* Where xend is found. Lists end with NULL. */
typedef struct {
    const char *socket; /* it answers here: Xen up to 4.4, tools/python/xen/xend/XendClient.py */
    const char *const *locks; /* xl changes nothing while one is there: tools/libxl/xl.c:main */
} XendPlaces;

extern const XendPlaces xend_places;

/* Does it answer, or does its lock keep xl from working? */
gboolean xend_is_in_charge(const XendPlaces *places);
