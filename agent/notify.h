/* Telling systemd how a service is (sd_notify(3)'s protocol, over a socket of the host). */
#pragma once

#include <glib.h>

/* Sends assignments, newlines between them: "READY=1\nSTATUS=in sync". Does nothing where systemd
 * did not ask for it ($NOTIFY_SOCKET). FALSE: it was not sent, which is no failure of ours. */
gboolean notify_send(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* How often systemd wants to hear WATCHDOG=1, in microseconds: half of what it allows. 0: never. */
gint64 notify_watchdog_us(void);
