/* The VNC password of this host: the first line of a file that its owner alone can read. */
#pragma once

#include <glib.h>

/* What a viewer's password is compared by: RFC 6143, 7.2.2 (a DES key of eight bytes). */
#define VNC_PASSWORD_EFFECTIVE 8

/* Reads it. NULL and an error that says what is wrong with the file, never what is in it. */
char *vnc_password_read(const char *path, GError **error);
