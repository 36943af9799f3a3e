/* The VNC password in the text of a config file. It stands in no spec: a file of the host holds it,
 * it is put into the configs of displays with `vnc: true`, and whatever else shows a config shows
 * it masked. */
#pragma once

#include "spec/spec.h"

/* What stands in its place where a config is shown. */
#define XEN_CONFIG_MASK "********"

/* Has the domain's config a place for a password: vnc, or a vfb with vnc? */
gboolean xen_config_takes_password(const Domain *domain);

/* Puts PASSWORD, of printable ASCII, into a text that xen_config_write() has made of DOMAIN. Fails
 * (XEN_CONFIG_ERROR_VALUE; TEXT is untouched, and the message does not have the password) where it
 * has a comma or begins with a blank and the domain has a vfb, whose text has no quoting. */
gboolean xen_config_add_password(const Domain *domain, const char *password, GString *text,
                                 GError **error);

/* Does a text look as if a secret were in it, by the words that people have for such ("passw",
 * "secret", "ticket", in letters of any case)? */
gboolean bytes_may_hold_secret(const char *bytes, gsize length);
gboolean text_may_hold_secret(const char *text);
/* Is what is called so a secret? ("vncpasswd", "b_info.type.hvm.spice.passwd") */
gboolean name_is_of_secret(const char *name);

/* Appends a text, whoever wrote it, with MASK in the place of every password for VNC or Spice.
 * PASSWORDS: gets what was masked, a line each; NULL: it is not wanted. */
void xen_config_mask(const char *text, gsize length, const char *mask, GString *out,
                     GString *passwords);
